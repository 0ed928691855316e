// `swarmkeeper apply -f cluster.yml`: makes the keys under `spec/` what the document says, all in one transaction, and
// prints what changed. A key that the document does not name is deleted: it returns to its default.
import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { type Cluster, parseCluster } from "../crd-like-specs/cluster.ts";
import { type SpecChange, specChanges } from "./changes.ts";
import { CliError } from "./cli-error.ts";
import { type EtcdOptions, reason, withEtcd } from "./etcd.ts";
import { printLines } from "./print.ts";
import { specEntries } from "./spec-keys.ts";
import { changeText } from "./view/change-text.ts";
import { paintFor } from "./view/paint.ts";

/** A write waits out an election, for giving up leaves doubt. */
const WRITE_PATIENCE_MS = 8_000;

export interface ApplyOptions extends EtcdOptions {
  /** `-` for standard input. */
  readonly file: string;
  readonly dryRun: boolean;
}

export async function apply(options: ApplyOptions): Promise<number> {
  const cluster = await readCluster(options.file);
  const changes = await withEtcd(
    options,
    async (etcd, keys) => {
      const found = specChanges(specEntries((await etcd.kv.list(keys.root)).kvs, keys), cluster.values);
      if (found.length === 0 || options.dryRun) return found;
      const { succeeded } = await etcd.kv.txn({
        // Whoever has put one of these keys meanwhile must not be overwritten unseen.
        if: found.map(({ path, revision }) => ({ key: keys.spec.of(path), target: "mod", op: "=", value: revision })),
        do: found.map(({ path, to }) =>
          to === undefined ? { delete: keys.spec.of(path) } : { put: keys.spec.of(path), value: to },
        ),
      });
      if (!succeeded)
        throw new CliError(
          "somebody else changed the spec at this moment; nothing was written: look, and apply again",
          1,
        );
      return found;
    },
    WRITE_PATIENCE_MS,
  );
  report(changes, options.dryRun);
  return 0;
}

function report(changes: readonly SpecChange[], dryRun: boolean): void {
  const paint = paintFor(process.stdout, process.env);
  if (changes.length === 0) printLines(["Nothing changed: the spec says this already."]);
  else
    printLines([
      ...changes.map(change => changeText(change, paint)),
      ...(dryRun ? ["Nothing was written (--dry-run)."] : []),
    ]);
}

async function readCluster(file: string): Promise<Cluster> {
  const name = file === "-" ? "standard input" : file;
  let text: string;
  try {
    text = file === "-" ? await readAll(process.stdin) : await readFile(file, "utf8");
  } catch (error) {
    throw new CliError(`cannot read ${name}: ${reason(error)}`, 2, error);
  }
  const reading = parseCluster(text);
  if (reading.ok) return reading.value;
  const lines = reading.problems.map(
    ({ path, line, column, message, expected }) =>
      `${name}:${line}:${column}  ${path === "" ? "" : `${path}: `}${message}; ${expected}`,
  );
  throw new CliError([...lines, "nothing was written"].join("\n"), 1);
}
