// Parses a systemd unit file of the spec, once. systemd ignores lines that it cannot read and starts the unit anyway.
// Here such a line is rejected, before any node gets the file.

import type { Parsed, ValidationError } from "../validation.ts";
import { parsed, positionAt, rejected, sizeError } from "../validation.ts";
import { hashOf } from "./text-hash.ts";
import { type UnitLine, unitLines } from "./unit-lines.ts";
import { CONTROLLER_UNIT, unitNameError } from "./unit-name.ts";
import { type Activation, activationIn } from "./unit-needs.ts";
import { parseUnitSection, type UnitSection } from "./unit-section.ts";

/** A unit file with everything that swarmkeeper reads from its text. Immutable: another text is another unit file. */
export interface UnitFile extends UnitSection {
  /** The name in the spec. For an instance it may be the name of its template. */
  readonly name: string;
  readonly text: string;
  /** The hash of the text, from `hashOf`. */
  readonly hash: string;
  /** Undefined if the unit activates no other unit. */
  readonly activates: Activation | undefined;
}

/** Unit files by name. */
export type UnitFiles = Readonly<Record<string, UnitFile>>;

/** A unit file has a page or two, and a much larger one is a mistake. etcd rejects values over 1.5 MiB. */
export const MAX_UNIT_FILE_BYTES = 256 * 1024;

/** The section without which a unit with this suffix has no effect. */
const REQUIRED: Readonly<Record<string, string>> = {
  service: "Service",
  timer: "Timer",
  socket: "Socket",
  mount: "Mount",
  path: "Path",
};

/** Why the spec must not carry a unit file of this name, or undefined if it may. */
export function unitFileNameError(name: string): Pick<ValidationError, "message" | "expected"> | undefined {
  if (name === CONTROLLER_UNIT) {
    return { message: `${name} comes with the release`, expected: "delete the key; set the release instead" };
  }
  return unitNameError(name);
}

/** The unit file with its text unchanged, or the first error in the text. Never throws. */
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
  const tooLarge = sizeError(text, MAX_UNIT_FILE_BYTES, "a unit file");
  if (tooLarge !== undefined) return tooLarge;
  const carriage = text.indexOf("\r");
  if (carriage >= 0) {
    return {
      ...positionAt(text, carriage),
      message: "a carriage return: the file has Windows line endings",
      expected: "write it with Unix line endings: sed -i 's/\\r$//' FILE",
    };
  }
  // A byte that is not UTF-8 arrives from etcd as U+FFFD.
  const invalidAt = text.search(/[\0\uFFFD]/);
  return invalidAt < 0
    ? undefined
    : {
        ...positionAt(text, invalidAt),
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
  const suffix = name.slice(name.lastIndexOf(".") + 1);
  const section = REQUIRED[suffix];
  if (section === undefined || lines.some(line => line.section === section)) return undefined;
  return { message: `no [${section}] section, which a .${suffix} needs`, expected: `add [${section}]` };
}
