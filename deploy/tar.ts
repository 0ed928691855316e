// A tar archive whose bytes depend on its files' names, modes and contents alone: POSIX ustar, sorted, owned by root,
// all of one time. Written here because the tar of one machine is not that of the next.

export interface TarFile {
  /** Relative, with slashes; at most 100 bytes. */
  readonly path: string;
  readonly mode: 0o600 | 0o644 | 0o755;
  readonly content: Uint8Array;
}

const BLOCK = 512;
// Not 0: some tools take the start of 1970 for a missing time. This is the first of 2024.
const MTIME = 1_704_067_200;

export function tar(files: readonly TarFile[]): Buffer {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const parts: Uint8Array[] = [];
  for (const folder of foldersOf(sorted)) parts.push(header(`${folder}/`, 0o755, 0, "5"));
  for (const { path, mode, content } of sorted)
    parts.push(header(path, mode, content.length, "0"), content, Buffer.alloc(-content.length & (BLOCK - 1)));
  parts.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(parts);
}

/** Every folder above the files, parents first. */
function foldersOf(files: readonly TarFile[]): string[] {
  const folders = files.flatMap(({ path }) => {
    const names = path.split("/").slice(0, -1);
    return names.map((_, i) => names.slice(0, i + 1).join("/"));
  });
  return [...new Set(folders)].sort();
}

function header(path: string, mode: number, size: number, type: "0" | "5"): Buffer {
  const block = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(path) > 100) throw new Error(`${path}: a name in a release has 100 bytes at most`);
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "ascii");
  block.write(path, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8); // owner
  octal(0, 116, 8); // group
  octal(size, 124, 12);
  octal(MTIME, 136, 12);
  block.write("        ", 148, "ascii"); // the checksum counts as blanks in its own sum
  block.write(type, 156, "ascii");
  block.write("ustar\x0000", 257, "ascii");
  block.write("root", 265, "ascii");
  block.write("root", 297, "ascii");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "ascii");
  return block;
}
