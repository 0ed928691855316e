// Files as a tar archive in memory, the form in which a docker engine takes them.

export interface ArchiveFile {
  /** Relative to the folder that the archive is unpacked in; at most 100 bytes. */
  readonly path: string;
  readonly content: Buffer | string;
  /** Defaults to 0o644. */
  readonly mode?: number;
}

const BLOCK = 512;

/** A ustar archive (POSIX.1-1988), all files owned by root, times zero: the same files give the same bytes. */
export function archive(files: readonly ArchiveFile[]): Buffer {
  const blocks = files.flatMap(file => {
    const content = Buffer.from(file.content);
    const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
    return [header(file.path, content.length, file.mode ?? 0o644), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(path: string, size: number, mode: number): Buffer {
  if (Buffer.byteLength(path) > 100) throw new RangeError(`too long for a tar header: ${path}`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, "0")}\0`;
  block.write(path, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108); // uid
  block.write(octal(0, 8), 116); // gid
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136); // mtime
  block.write(" ".repeat(8), 148); // the checksum counts as blanks while it is computed
  block.write("0", 156); // a regular file
  block.write("ustar\0" + "00", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
