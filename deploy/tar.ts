// Makes a tar archive whose bytes depend on its files' names, modes and contents alone: sorted, owned by root, all of
// one time. Not by the machine's tar, which differs from one machine to the next.
import { buffer } from "node:stream/consumers";
import { type Header, pack } from "tar-stream";

export interface TarFile {
  /** Relative, with slashes. */
  readonly path: string;
  readonly mode: 0o600 | 0o644 | 0o755;
  readonly content: Uint8Array;
}

/** Every field that tar-stream would otherwise take from the moment. Not 1970: some tools take it for a missing time. */
const FIXED = { mtime: new Date("2024-01-01T00:00:00Z"), uid: 0, gid: 0, uname: "root", gname: "root" } as const;

/** The archive, uncompressed. Folders above the files come first, parents before children. */
export async function tar(files: readonly TarFile[]): Promise<Buffer> {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const archive = pack();
  // Headers are made for each entry: tar-stream writes into them.
  for (const folder of foldersOf(sorted)) archive.entry(header({ name: `${folder}/`, mode: 0o755, type: "directory" }));
  for (const { path, mode, content } of sorted) {
    archive.entry(header({ name: path, mode, type: "file" }), Buffer.from(content));
  }
  archive.finalize();
  return buffer(archive);
}

const header = (own: Pick<Header, "name" | "mode" | "type">) => ({ ...FIXED, ...own });

/** Every folder above the files, parents first. */
function foldersOf(files: readonly TarFile[]): string[] {
  const folders = files.flatMap(({ path }) => {
    const names = path.split("/").slice(0, -1);
    return names.map((_, i) => names.slice(0, i + 1).join("/"));
  });
  return [...new Set(folders)].sort();
}
