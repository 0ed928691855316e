// `npm pack` runs this before it packs: writes the program to lib/, bundled for the Node of an operator's machine. The
// package then needs no other package, and no TypeScript.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.ts";
import { licensesOf } from "./licenses.ts";

/** The oldest Node that package.json allows. */
const TARGET = "node20";
const ENTRY = "swarmkeeper.mjs";
/** Disables the same warning as bin/swarmkeeper of a release. */
const SHEBANG = "#!/usr/bin/env -S node --disable-warning=DEP0123\n";

const root = fileURLToPath(new URL("..", import.meta.url));
const lib = join(root, "lib");
const { modules, inputs } = await bundle(root, join(root, "cli/main.ts"), TARGET);

await rm(lib, { recursive: true, force: true });
await mkdir(lib);
for (const { name, content } of modules) {
  if (name === ENTRY) await writeFile(join(lib, name), Buffer.concat([Buffer.from(SHEBANG), content]), { mode: 0o755 });
  else await writeFile(join(lib, name), content);
}
await writeFile(join(lib, "LICENSES"), await licensesOf(root, inputs));
