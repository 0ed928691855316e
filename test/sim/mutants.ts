// `make sim-mutants`: plants one mistake at a time in a copy of the sources. The random walks must find each of them:
// invariants that miss a planted mistake would also miss a real one.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fetchRuntime, OWN_ARCH } from "../../deploy/runtime.ts";
import { MUTATIONS, type Mutation } from "./mutations.ts";

const root = path.resolve(import.meta.dirname, "../..");
/** Inside the project, so that the copy finds the same packages. */
const COPIES = path.join(root, ".cache/mutants");
const RUNTIME = path.join(root, ".cache/runtime");
const ROOMS = [
  "agent",
  "controller",
  "coordination",
  "crd-like-specs",
  "drivers",
  "notifications",
  "quorum",
  "units",
  "deploy/runtime.ts",
  "test/fakes",
  "test/fixtures",
  "test/sim",
  "package.json",
  "tsconfig.json",
];
/** A mistake counts as not found after this number of walks. */
const SEEDS = Number(process.env.SEEDS || 400);

function plant({ file, from, to }: Mutation, copy: string): void {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  for (const room of ROOMS) cpSync(path.join(root, room), path.join(copy, room), { recursive: true });
  mkdirSync(path.join(copy, ".cache"));
  symlinkSync(RUNTIME, path.join(copy, ".cache/runtime"));
  const target = path.join(copy, file);
  const text = readFileSync(target, "utf8");
  if (text.split(from).length !== 2) throw new Error(`${file} does not contain exactly once: ${from}`);
  writeFileSync(
    target,
    text.replace(from, () => to),
  );
}

/** The first violation that the walks find; undefined if they find none. */
function hunt(mutation: Mutation): string | undefined {
  const copy = path.join(COPIES, mutation.name.replace(/\W+/g, "-"));
  plant(mutation, copy);
  const { status, signal, error, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), "test/sim/run.ts"],
    { cwd: copy, encoding: "utf8", env: { ...process.env, SEED: "", SEEDS: String(SEEDS), FIRST: "1" } },
  );
  rmSync(copy, { recursive: true, force: true });
  if (status === 0) return undefined;
  const [found] = /^seed .*/m.exec(stdout) ?? [];
  if (found === undefined)
    throw new Error(`the walks did not finish (${status ?? signal ?? error}): ${stdout}${stderr}`);
  return found;
}

await fetchRuntime(OWN_ARCH, RUNTIME);
let survived = 0;
const only = process.argv[2];
const chosen = MUTATIONS.filter(({ name }) => only === undefined || name.includes(only));
for (const mutation of chosen) {
  const begun = performance.now();
  const found = hunt(mutation);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  if (found === undefined) survived += 1;
  console.log(
    `${found === undefined ? "SURVIVED" : "found   "} ${mutation.name} (${seconds} s)\n         ${found?.slice(0, 200) ?? ""}`,
  );
}
console.log(`${survived} of ${chosen.length} mistakes were not found`);
process.exit(survived > 0 ? 1 : 0);
