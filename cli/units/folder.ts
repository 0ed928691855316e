// Reads a folder of unit files, and optionally `manager.list` and `worker.list`, as settings under `spec/units/`. All
// errors are reported at once, so that an operator can fix them together.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorReport } from "../../crd-like-specs/error-report.ts";
import { parseSetting, type Setting } from "../../crd-like-specs/settings/setting.ts";
import { FILES, resolvePath } from "../../crd-like-specs/settings/table.ts";
import { nearest } from "../../crd-like-specs/suggest.ts";
import { MAX_UNIT_FILE_BYTES } from "../../crd-like-specs/units/unit-file.ts";
import { type Parsed, parsed, rejected } from "../../crd-like-specs/validation.ts";
import { CliError } from "../terminal/error.ts";
import { reason } from "../terminal/reason.ts";

const LISTS: Readonly<Record<string, string>> = { "manager.list": "units/manager", "worker.list": "units/worker" };

/** Settings by spec path. Names that start with a dot are ignored: git and editors use them. CliError with all errors. */
export async function readUnitFolder(folder: string): Promise<Map<string, Setting>> {
  const names = await namesIn(folder);
  if (names.length === 0) {
    throw new CliError(
      `${folder} is empty; put unit files, manager.list and worker.list into it\nnothing was written`,
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

/** The spec path for a file of this name. */
const pathOf = (name: string): string => LISTS[name] ?? FILES + name;

/** The file name for a spec path. */
export const nameOf = (path: string): string =>
  Object.keys(LISTS).find(name => LISTS[name] === path) ?? path.slice(FILES.length);

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter(name => !name.startsWith(".")).sort();
  } catch (error) {
    const notFolder = error instanceof Error && "code" in error && error.code === "ENOTDIR";
    throw new CliError(`cannot read ${folder}: ${notFolder ? "it is not a folder" : reason(error)}`, 2, error);
  }
}

function readUnit(name: string, content: string): Parsed<Setting> {
  const suggestion = /\.list$/.test(name) && LISTS[name] === undefined ? nearest(name, Object.keys(LISTS)) : undefined;
  if (suggestion !== undefined)
    return rejected({ message: "no role has this list", expected: `did you mean ${suggestion}?` });
  const target = resolvePath(pathOf(name));
  if (!target.ok) return target;
  // Invalid UTF-8 becomes U+FFFD. A list may have it in a comment, which its parser ignores.
  const invalid = target.value.kind === "field" ? content.search(/[\0\uFFFD]/) : -1;
  if (invalid >= 0) {
    const before = content.slice(0, invalid).split("\n");
    const at = { line: before.length, column: (before.at(-1) ?? "").length + 1 };
    return rejected({ ...at, message: "not UTF-8 text", expected: "write the file as UTF-8 without zero bytes" });
  }
  return parseSetting(target.value, content);
}

async function bytesOf(file: string): Promise<Parsed<Buffer>> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) {
      const expected = "keep unit files only; write the lines of a drop-in into the unit file itself";
      return rejected({ message: "a folder", expected });
    }
    if (!found.isFile()) return rejected({ message: "not a file", expected: "keep unit files only" });
    // Not read, because it could have any size.
    if (found.size > MAX_UNIT_FILE_BYTES) {
      const message = `${Math.ceil(found.size / 1024)} KiB is too large`;
      return rejected({ message, expected: `use ${MAX_UNIT_FILE_BYTES / 1024} KiB at most` });
    }
    return parsed(await readFile(file));
  } catch (error) {
    return rejected({
      message: `cannot be read: ${reason(error)}`,
      expected: "make it readable, or move it out of the folder",
    });
  }
}
