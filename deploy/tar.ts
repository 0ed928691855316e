// Makes a tar archive whose bytes depend only on the names, modes and contents of its files: sorted, owned by root,
// with one time. The tar program is not used, because it differs between machines.
import { buffer } from "node:stream/consumers";
import { type Header, pack } from "tar-stream";

export interface TarFile {
  /** Relative, with slashes. */
  readonly path: string;
  readonly mode: 0o600 | 0o644 | 0o755;
  readonly content: Uint8Array;
}

/** Fixes every field for which tar-stream would use the current time. Some tools treat 1970 as an absent time. */
const FIXED = { mtime: new Date("2024-01-01T00:00:00Z"), uid: 0, gid: 0, uname: "root", gname: "root" } as const;

/** The uncompressed archive. The parent folders of the files come first, parents before children. */
export async function tar(files: readonly TarFile[]): Promise<Buffer> {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const archive = pack();
  // Each entry needs its own header, because tar-stream modifies it.
  for (const folder of foldersOf(sorted)) archive.entry(header({ name: `${folder}/`, mode: 0o755, type: "directory" }));
  for (const { path, mode, content } of sorted) {
    archive.entry(header({ name: path, mode, type: "file" }), Buffer.from(content));
  }
  archive.finalize();
  return buffer(archive);
}

const header = (own: Pick<Header, "name" | "mode" | "type">) => ({ ...FIXED, ...own });

/** All parent folders of the files, parents first. */
function foldersOf(files: readonly TarFile[]): string[] {
  const folders = files.flatMap(({ path }) => {
    const names = path.split("/").slice(0, -1);
    return names.map((_, i) => names.slice(0, i + 1).join("/"));
  });
  return [...new Set(folders)].sort();
}
