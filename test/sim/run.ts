// `make sim`: random walks by seed. SEED=n replays one and prints its log. SEEDS=n runs this number on all cores, stores the
// seeds that failed, and checks by counts that every kind of fault really happened.
import { fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { fetchRuntime, OWN_ARCH } from "../../deploy/runtime.ts";
import { countsTable, unseen } from "./walk/coverage.ts";
import { REGRESSION_SEEDS, regressionSeeds } from "./walk/regression-seeds.ts";
import { simulate } from "./walk/simulate.ts";
import { traceLine } from "./walk/trace.ts";
import type { Walked } from "./walk/worker.ts";

/** Fewer seeds may not contain every kind of fault. */
const ENOUGH_SEEDS = 400;
/** About a minute on two cores. */
const DEFAULT_SEEDS = 400;

async function replay(seed: number): Promise<number> {
  const { log, problems, seconds } = await simulate(seed);
  for (const line of log) console.log(traceLine(line));
  console.log(`seed ${seed}: ${seconds.toFixed(0)} virtual seconds, ${problems.length === 0 ? "passed" : "FAILED"}`);
  for (const problem of problems) console.log(`  ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

/** Bundles the sources into one module, which starts at once and runs 10 % faster than separate modules. */
async function buildWorker(): Promise<string> {
  const outfile = path.resolve(".cache/sim/worker.mjs");
  await build({
    entryPoints: [path.join(import.meta.dirname, "walk/worker.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    logLevel: "error",
  });
  return outfile;
}

/** Walks all seeds, in order as workers become free. With `onlyOne` it stops at the first failure. */
async function walkAll(
  seeds: readonly number[],
  onlyOne: boolean,
  onWalked: (walked: Walked) => void,
): Promise<Walked[]> {
  const [program, runtime] = await Promise.all([buildWorker(), fetchRuntime(OWN_ARCH, path.resolve(".cache/runtime"))]);
  const done: Walked[] = [];
  let next = 0;
  let failed = false;
  const worker = () =>
    new Promise<void>((resolve, reject) => {
      // The Node of the release, as on the nodes of a cluster. It is also a third faster here than the previous version.
      const execPath = path.join(runtime, "bin/node");
      const child = fork(program, { execPath, execArgv: ["--max-semi-space-size=64"] });
      const give = () => {
        const seed = seeds[next];
        next += 1;
        if (seed === undefined || (failed && onlyOne)) child.kill();
        else child.send(seed);
      };
      child.on("message", (walked: Walked) => {
        done.push(walked);
        failed ||= walked.problems.length > 0;
        onWalked(walked);
        give();
      });
      child.on("error", reject);
      child.on("exit", code => (code ? reject(new Error(`a worker ended with code ${code}`)) : resolve()));
      give();
    });
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), seeds.length) }, worker));
  return done;
}

async function many(count: number, from: number): Promise<number> {
  const onlyOne = process.env.FIRST === "1";
  const fresh = Array.from({ length: count }, (_, index) => from + index);
  const seeds = [...new Set([...regressionSeeds(), ...fresh])];
  const begun = performance.now();
  const walked = await walkAll(seeds, onlyOne, ({ seed, problems }) => {
    for (const problem of problems) console.log(`seed ${seed}: ${problem}`);
  });
  const failed = walked.filter(({ problems }) => problems.length > 0);
  const counts = new Map<string, number>();
  for (const one of walked) for (const [kind, times] of one.counts) counts.set(kind, (counts.get(kind) ?? 0) + times);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  for (const line of countsTable(counts)) console.log(line);
  const missingKinds = count >= ENOUGH_SEEDS && failed.length === 0 ? unseen(counts) : [];
  for (const kind of missingKinds) console.log(`never happened: ${kind}`);
  if (!onlyOne) saveFailedSeeds(failed);
  console.log(
    `${walked.length} seeds in ${seconds} s, ${failed.length} failed${failed.length > 0 ? "; replay one: make sim SEED=…" : ""}`,
  );
  return failed.length > 0 || missingKinds.length > 0 ? 1 : 0;
}

/** Adds the seeds that failed to the file of seeds that every run repeats. */
function saveFailedSeeds(failed: readonly Walked[]): void {
  const known = regressionSeeds();
  const lines = failed
    .filter(({ seed }) => !known.includes(seed))
    .map(({ seed, problems }) => `${seed} # ${problems[0]?.slice(0, 150)}\n`);
  if (lines.length > 0) writeFileSync(REGRESSION_SEEDS, readFileSync(REGRESSION_SEEDS, "utf8") + lines.join(""));
  if (lines.length > 0) console.log(`${lines.length} seeds added to ${path.relative(process.cwd(), REGRESSION_SEEDS)}`);
}

if (process.env.SEED) process.exit(await replay(Number(process.env.SEED)));
else process.exit(await many(Number(process.env.SEEDS || DEFAULT_SEEDS), Number(process.env.FROM || 1)));
