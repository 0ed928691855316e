// `swarmkeeper apply -f cluster.yml`: replaces the keys under `spec/` with a document in one transaction, and prints the
// changes. A key that is not in the document is deleted, so that its default is effective.

import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { errorReport } from "../../crd-like-specs/error-report.ts";
import { specEntries } from "../../crd-like-specs/resources/cluster-keys.ts";
import { type Cluster, parseCluster } from "../../crd-like-specs/settings/cluster.ts";
import { specChanges } from "../cluster/changes.ts";
import { type EtcdOptions, withEtcd } from "../cluster/etcd.ts";
import { WRITE_PATIENCE_MS, writeSpec } from "../cluster/write.ts";
import { type CliCommand, etcdOptions, exitWith } from "../command.ts";
import { changesText } from "../terminal/change-text.ts";
import { CliError } from "../terminal/error.ts";
import { paintFor } from "../terminal/paint.ts";
import { printLines } from "../terminal/print.ts";
import { reason } from "../terminal/reason.ts";

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
      const found = specChanges(specEntries(keys, (await etcd.kv.list(keys.root)).kvs), cluster.values);
      if (found.length === 0 || options.dryRun) return found;
      await writeSpec(etcd, keys, found);
      return found;
    },
    WRITE_PATIENCE_MS,
  );
  printLines(changesText(changes, options.dryRun, paintFor(process.stdout, process.env)));
  return 0;
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
  const report = errorReport(name, text, reading.errors, reading.secretLines);
  throw new CliError(`${report}\nnothing was written`, 1);
}

export const command: CliCommand = {
  define: command =>
    etcdOptions(command)
      .requiredOption("-f, --file <file>", "the Cluster document; - reads standard input")
      .option("--dry-run", "print the changes without writing them", false)
      .action(exitWith(apply)),
};
