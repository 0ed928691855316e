// `make sim`: random walks by seed. SEED=n replays one and prints what everybody said; SEEDS=n walks that many, on both
// cores, keeps the seeds that failed, and proves by its counts that every kind of fault has really happened.
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

/** Fewer seeds do not meet every kind of fault. */
const ENOUGH_SEEDS = 400;
/** About a minute on two cores. */
const DEFAULT_SEEDS = 400;

async function replay(seed: number): Promise<number> {
  const { log, problems, seconds } = await simulate(seed);
  for (const line of log) console.log(traceLine(line));
  console.log(`seed ${seed}: ${seconds.toFixed(0)} virtual seconds, ${problems.length === 0 ? "all well" : "FAILED"}`);
  for (const problem of problems) console.log(`  ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

/** One module of all the sources: it starts at once, and runs a tenth faster than each translated by itself. */
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

/** All seeds, in order as far as workers are free. Stops at the first failure where one is enough. */
async function walkAll(seeds: readonly number[], onlyOne: boolean, tell: (walked: Walked) => void): Promise<Walked[]> {
  const [program, runtime] = await Promise.all([buildWorker(), fetchRuntime(OWN_ARCH, path.resolve(".cache/runtime"))]);
  const done: Walked[] = [];
  let next = 0;
  let failed = false;
  const worker = () =>
    new Promise<void>((resolve, reject) => {
      // On the Node that a release carries, as hosts do; it is also a third faster here than the last one.
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
        tell(walked);
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
  const unreachable = count >= ENOUGH_SEEDS && failed.length === 0 ? unseen(counts) : [];
  for (const kind of unreachable) console.log(`never happened: ${kind}`);
  if (!onlyOne) keep(failed);
  console.log(
    `${walked.length} seeds in ${seconds} s, ${failed.length} failed${failed.length > 0 ? "; replay one: make sim SEED=…" : ""}`,
  );
  return failed.length > 0 || unreachable.length > 0 ? 1 : 0;
}

/** Each seed that failed is replayed for ever. */
function keep(failed: readonly Walked[]): void {
  const known = regressionSeeds();
  const lines = failed
    .filter(({ seed }) => !known.includes(seed))
    .map(({ seed, problems }) => `${seed} # ${problems[0]?.slice(0, 150)}\n`);
  if (lines.length > 0) writeFileSync(REGRESSION_SEEDS, readFileSync(REGRESSION_SEEDS, "utf8") + lines.join(""));
  if (lines.length > 0) console.log(`${lines.length} seeds added to ${path.relative(process.cwd(), REGRESSION_SEEDS)}`);
}

if (process.env.SEED) process.exit(await replay(Number(process.env.SEED)));
else process.exit(await many(Number(process.env.SEEDS || DEFAULT_SEEDS), Number(process.env.FROM || 1)));
