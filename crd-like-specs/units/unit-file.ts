// A systemd unit file that the spec carries, parsed once, at the border. systemd skips over what it cannot read and starts
// the rest: here a line that means nothing is refused, before any host sees it.

import type { Parsed, ValidationError } from "../validation.ts";
import { parsed, rejected } from "../validation.ts";
import { hashOf } from "./text-hash.ts";
import { type UnitLine, unitLines } from "./unit-lines.ts";
import { CONTROLLER_UNIT, unitNameError } from "./unit-name.ts";
import { type Activation, activationIn } from "./unit-needs.ts";
import { parseUnitSection, type UnitSection } from "./unit-section.ts";

/** A unit file with all that its text means to swarmkeeper. It never changes: another text makes another one. */
export interface UnitFile extends UnitSection {
  /** As the spec has it: of an instance it may be the template's. */
  readonly name: string;
  readonly text: string;
  /** Of the text, as `hashOf` makes it. */
  readonly hash: string;
  /** Undefined for a unit that activates no other. */
  readonly activates: Activation | undefined;
}

/** Unit files by name. */
export type UnitFiles = Readonly<Record<string, UnitFile>>;

/** etcd refuses values over 1.5 MiB; a unit file is a page or two, and more is a mistake. */
export const MAX_UNIT_FILE_BYTES = 256 * 1024;

/** The section without which a unit of this ending does nothing. */
const REQUIRED: Readonly<Record<string, string>> = {
  service: "Service",
  timer: "Timer",
  socket: "Socket",
  mount: "Mount",
  path: "Path",
};

/** May the spec carry a unit file of this name? */
export function unitFileNameError(name: string): Pick<ValidationError, "message" | "expected"> | undefined {
  if (name === CONTROLLER_UNIT) {
    return { message: `${name} comes with the release`, expected: "delete the key; set the release instead" };
  }
  return unitNameError(name);
}

/** The text stays as it is: nothing in a unit file is form. */
export function parseUnitFile(name: string, text: string): Parsed<UnitFile> {
  const lines = unitLines(text);
  const error = textError(text) ?? lineError(lines) ?? sectionError(name, lines);
  if (error !== undefined) return rejected(error);
  const section = parseUnitSection(lines);
  if (!section.ok) return section;
  return parsed({ name, text, hash: hashOf(text), activates: activationIn(name, lines), ...section.value });
}

function textError(text: string): ValidationError | undefined {
  if (text.trim() === "") return { message: "empty", expected: "put the unit file's text, or delete the key" };
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_UNIT_FILE_BYTES) {
    return {
      message: `${Math.ceil(bytes / 1024)} KiB is too large for a unit file`,
      expected: `use at most ${MAX_UNIT_FILE_BYTES / 1024} KiB`,
    };
  }
  const carriage = text.indexOf("\r");
  if (carriage >= 0) {
    return {
      ...position(text, carriage),
      message: "a carriage return: the file has Windows line endings",
      expected: "write it with Unix line endings: sed -i 's/\\r$//' FILE",
    };
  }
  // A byte that is not UTF-8 arrives from etcd as U+FFFD.
  const foreign = [...text].findIndex(character => character === "\0" || character === "\uFFFD");
  return foreign < 0
    ? undefined
    : {
        ...position(text, [...text].slice(0, foreign).join("").length),
        message: "not UTF-8 text",
        expected: "write the file as UTF-8 without zero bytes",
      };
}

function lineError(lines: readonly UnitLine[]): ValidationError | undefined {
  for (const { at, text, section, beginsSection } of lines) {
    if (beginsSection) continue;
    if (text.startsWith("[")) return { ...at, message: "not a section", expected: "use [Name] on a line of its own" };
    if (section === undefined)
      return { ...at, message: "a line before the first section", expected: "start with a section such as [Unit]" };
    if (!/^[^=\s][^=]*=/.test(text))
      return {
        ...at,
        message: "neither a section nor Key=Value",
        expected: "use Key=Value, or start a comment with #",
      };
  }
  return undefined;
}

function sectionError(name: string, lines: readonly UnitLine[]): ValidationError | undefined {
  const ending = name.slice(name.lastIndexOf(".") + 1);
  const section = REQUIRED[ending];
  if (section === undefined || lines.some(line => line.section === section)) return undefined;
  return { message: `no [${section}] section, which a .${ending} needs`, expected: `add [${section}]` };
}

function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
