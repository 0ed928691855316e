// `swarmkeeper units diff [FOLDER]`: compares the units of the spec with those that nodes run, or a folder with the spec.

import { join } from "node:path";
import { textsOf } from "../../crd-like-specs/settings/setting.ts";
import type { SpecEntry } from "../../crd-like-specs/settings/spec.ts";
import { FILES } from "../../crd-like-specs/settings/table.ts";
import { normalizedAt } from "../cluster/changes.ts";
import type { EtcdOptions } from "../cluster/etcd.ts";
import { readCluster } from "../cluster/read.ts";
import { unitChanges, unitEntries } from "../cluster/unit-changes.ts";
import { type CliCommand, etcdOptions, exitWith } from "../command.ts";
import { CliError } from "../terminal/error.ts";
import { type Paint, paintFor } from "../terminal/paint.ts";
import { type Form, printDocument, printLines, printProblems } from "../terminal/print.ts";
import { textDiff } from "../terminal/text-diff.ts";
import { nameOf, readUnitFolder } from "./folder.ts";
import { buildUnits, UnitsView, unitsText } from "./view.ts";

export interface DiffOptions extends EtcdOptions {
  /** `json` and `yaml` only without a folder: a diff of texts is a format of its own. */
  readonly output: "text" | Form;
}

/** 0 even if there are differences; 1 if etcd has lost its quorum. CliError for an invalid folder. */
export async function unitsDiff(folder: string | undefined, options: DiffOptions): Promise<number> {
  if (folder !== undefined && options.output !== "text") {
    throw new CliError(`-o ${options.output} is not available with a folder; leave it out`, 2);
  }
  const paint = paintFor(process.stdout, process.env);
  const wanted = folder === undefined ? undefined : await readUnitFolder(folder);
  const { clusterKeys, lost } = await readCluster(options);
  printProblems(lost);
  if (folder !== undefined && wanted !== undefined) {
    printLines(folderDiff(folder, textsOf(wanted), clusterKeys.spec, paint));
  } else {
    const view = buildUnits(clusterKeys);
    if (options.output === "text") printLines(unitsText(view, paint));
    else printDocument(view, options.output);
  }
  return lost === undefined ? 0 : 1;
}

/** What a push would change, as a unified diff, then the files that only the spec has. Pure. */
export function folderDiff(
  folder: string,
  wanted: ReadonlyMap<string, string>,
  spec: readonly SpecEntry[],
  paint: Paint,
): string[] {
  const lines = unitChanges(spec, wanted, () => false).flatMap(({ path, from }) =>
    textDiff(
      {
        from: {
          name: `spec/${path}`,
          // Normalized, so that only differences in meaning are shown.
          text: from === undefined ? undefined : withNewline(path, normalizedAt(path, from) ?? from),
        },
        to: { name: join(folder, nameOf(path)), text: withNewline(path, wanted.get(path) ?? "") },
      },
      paint,
    ),
  );
  const others = unitEntries(spec).filter(({ path }) => path.startsWith(FILES) && !wanted.has(path));
  return [
    ...(lines.length === 0 ? ["No differences: the spec has the content of this folder."] : lines),
    ...others.map(({ path }) => `Only in the spec, and deleted by units push --prune: ${path.slice(FILES.length)}`),
  ];
}

/** Ends a list with a newline, so that its last line compares like the others. */
const withNewline = (path: string, text: string): string =>
  path.startsWith(FILES) || text === "" || text.endsWith("\n") ? text : `${text}\n`;

export const command: CliCommand = {
  output: { forms: ["text"], view: "UnitsView", schema: UnitsView },
  define: command =>
    etcdOptions(command)
      .argument("[folder]", "compare this folder with the spec (default: compare the spec with the nodes)")
      .action(exitWith(unitsDiff)),
};
