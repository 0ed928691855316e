// `swarmkeeper units diff [FOLDER]`: what the spec says against what hosts run, or what a folder says against the spec.

import { join } from "node:path";
import { normalize, textsOf } from "../../crd-like-specs/settings/setting.ts";
import type { SpecEntry } from "../../crd-like-specs/settings/spec.ts";
import { FILES, resolvePath } from "../../crd-like-specs/settings/table.ts";
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
  /** Of hosts only: a diff of texts is one already. */
  readonly output: "text" | Form;
}

/** 0 also where there are differences: to show them is what it is for. */
export async function unitsDiff(folder: string | undefined, options: DiffOptions): Promise<number> {
  if (folder !== undefined && options.output !== "text") {
    throw new CliError(`-o ${options.output} is for what hosts run; with a folder leave it out`, 2);
  }
  const paint = paintFor(process.stdout, process.env);
  const wanted = folder === undefined ? undefined : await readUnitFolder(folder);
  const { known, lost } = await readCluster(options);
  printProblems(lost);
  if (folder !== undefined && wanted !== undefined) {
    printLines(folderDiff(folder, textsOf(wanted), known.spec, paint));
  } else {
    const view = buildUnits(known);
    if (options.output === "text") printLines(unitsText(view, paint));
    else printDocument(view, options.output);
  }
  return lost === undefined ? 0 : 1;
}

/** Pure. What a push would change, line by line, and what only the spec has. */
export function folderDiff(
  folder: string,
  wanted: ReadonlyMap<string, string>,
  spec: readonly SpecEntry[],
  paint: Paint,
): string[] {
  const lines = unitChanges(spec, wanted, () => false).flatMap(({ path, from }) =>
    textDiff(
      {
        from: { name: `spec/${path}`, text: from === undefined ? undefined : lined(path, readable(path, from)) },
        to: { name: join(folder, nameOf(path)), text: lined(path, wanted.get(path) ?? "") },
      },
      paint,
    ),
  );
  const others = unitEntries(spec).filter(({ path }) => path.startsWith(FILES) && !wanted.has(path));
  return [
    ...(lines.length === 0 ? ["No differences: the spec says what this folder says."] : lines),
    ...others.map(({ path }) => `Only in the spec, where units push --prune deletes it: ${path.slice(FILES.length)}`),
  ];
}

/** A list in the form in which folders are read, so that only what differs in meaning is shown. */
function readable(path: string, text: string): string {
  const target = resolvePath(path);
  const value = target.ok ? normalize(target.value, text) : undefined;
  return value?.ok ? value.value : text;
}

/** A list's last line ends like the others. */
const lined = (path: string, text: string): string =>
  path.startsWith(FILES) || text === "" || text.endsWith("\n") ? text : `${text}\n`;

export const command: CliCommand = {
  output: { forms: ["text"], view: "UnitsView", schema: UnitsView },
  define: command =>
    etcdOptions(command)
      .argument("[folder]", "compare this with the spec, line by line (else the spec with what hosts run)")
      .action(exitWith(unitsDiff)),
};
