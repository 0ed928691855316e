// A folder of unit files, and perhaps `manager.list` and `worker.list`, read as the texts under `spec/units/` that it
// stands for. All its faults are found at once: whoever mends one should not meet the next one by one.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorReport } from "../../crd-like-specs/error-report.ts";
import { parseSetting, type Setting } from "../../crd-like-specs/settings/setting.ts";
import { FILES, resolvePath } from "../../crd-like-specs/settings/table.ts";
import { nearest } from "../../crd-like-specs/suggest.ts";
import { MAX_UNIT_FILE_BYTES } from "../../crd-like-specs/units/unit-file.ts";
import { type Parsed, parsed, rejected } from "../../crd-like-specs/validation.ts";
import { reason } from "../cluster/etcd.ts";
import { CliError } from "../terminal/error.ts";

const LISTS: Readonly<Record<string, string>> = { "manager.list": "units/manager", "worker.list": "units/worker" };

/** Settings by spec path. Names that start with a dot are passed over: git and editors keep theirs there. */
export async function readUnitFolder(folder: string): Promise<Map<string, Setting>> {
  const names = await namesIn(folder);
  if (names.length === 0) {
    throw new CliError(
      `${folder} has nothing in it; put unit files there, manager.list and worker.list\nnothing was written`,
      1,
    );
  }
  const settings = new Map<string, Setting>();
  const reports: string[] = [];
  for (const name of names) {
    const file = join(folder, name);
    const bytes = await bytesOf(file);
    const content = bytes.ok ? bytes.value.toString("utf8") : "";
    const setting = bytes.ok ? readUnit(name, content) : bytes;
    if (setting.ok) settings.set(pathOf(name), setting.value);
    else reports.push(errorReport(file, content, [setting.error]));
  }
  if (reports.length > 0) throw new CliError([...reports, "nothing was written"].join("\n"), 1);
  return settings;
}

/** The spec path that a file of this name stands for. */
const pathOf = (name: string): string => LISTS[name] ?? FILES + name;

/** The other way round. */
export const nameOf = (path: string): string =>
  Object.keys(LISTS).find(name => LISTS[name] === path) ?? path.slice(FILES.length);

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter(name => !name.startsWith(".")).sort();
  } catch (error) {
    const no = error instanceof Error && "code" in error && error.code === "ENOTDIR";
    throw new CliError(`cannot read ${folder}: ${no ? "it is not a folder" : reason(error)}`, 2, error);
  }
}

function readUnit(name: string, content: string): Parsed<Setting> {
  const meant = /\.list$/.test(name) && LISTS[name] === undefined ? nearest(name, Object.keys(LISTS)) : undefined;
  if (meant !== undefined) return rejected({ message: "no role has this list", expected: `did you mean ${meant}?` });
  const target = resolvePath(pathOf(name));
  if (!target.ok) return target;
  // What is not UTF-8 becomes U+FFFD, and a list may have it in a comment, where its parser does not look.
  const foreign = target.value.kind === "field" ? content.search(/[\0\uFFFD]/) : -1;
  if (foreign >= 0) {
    const before = content.slice(0, foreign).split("\n");
    const at = { line: before.length, column: (before.at(-1) ?? "").length + 1 };
    return rejected({ ...at, message: "not UTF-8 text", expected: "write the file as UTF-8 without zero bytes" });
  }
  return parseSetting(target.value, content);
}

async function bytesOf(file: string): Promise<Parsed<Buffer>> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) {
      const expected = "keep unit files only, without drop-ins: what one adds belongs in the unit's own text";
      return rejected({ message: "a folder", expected });
    }
    if (!found.isFile()) return rejected({ message: "not a file", expected: "keep unit files only" });
    // Not read at all: it could be of any size.
    if (found.size > MAX_UNIT_FILE_BYTES) {
      const message = `${Math.ceil(found.size / 1024)} KiB are too many`;
      return rejected({ message, expected: `use at most ${MAX_UNIT_FILE_BYTES / 1024} KiB` });
    }
    return parsed(await readFile(file));
  } catch (error) {
    return rejected({ message: `cannot be read: ${reason(error)}`, expected: "let me read it, or move it away" });
  }
}
