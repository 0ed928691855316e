// `[X-Swarmkeeper]` in a unit file: what swarmkeeper itself is told about a unit. systemd skips over sections that begin
// with X-, so that one file says everything. Here nothing is skipped over: a slip would be a check that never runs.

import { nearest } from "../suggest.ts";
import type { Parsed, ValidationError } from "../validation.ts";
import { parsed, rejected } from "../validation.ts";
import { keyAndValue, type UnitLine } from "./unit-lines.ts";

/** How a unit that runs is asked whether it works. */
export type Check =
  | { readonly kind: "http"; readonly url: string; readonly timeoutMs: number }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly timeoutMs: number }
  /** The program by its path, and its arguments, through no shell. */
  | { readonly kind: "exec"; readonly command: readonly string[]; readonly timeoutMs: number };

export interface UnitSection {
  readonly check: Check | undefined;
  /** Whether the host is to be drained before this unit is changed; undefined where the file does not say. */
  readonly drain: boolean | undefined;
}

const SECTION = "X-Swarmkeeper";
const KEYS = ["Check", "CheckTimeoutSec", "Drain"];
/** The agent looks at its units one look after the other: none may take for ever. */
const TIMEOUT = { default: 5, min: 1, max: 30 };

type Target =
  | { kind: "http"; url: string }
  | { kind: "tcp"; host: string; port: number }
  | { kind: "exec"; command: string[] };

interface Entry {
  readonly value: string;
  /** Of the value, counted from 1. */
  readonly at: { readonly line: number; readonly column: number };
}

/** The section's meaning in the lines of a unit file, nothing where there is none. */
export function parseUnitSection(lines: readonly UnitLine[]): Parsed<UnitSection> {
  const entries = entriesIn(lines);
  if (!entries.ok) return entries;
  const check = entries.value.get("Check");
  const timeout = entries.value.get("CheckTimeoutSec");
  const drain = entries.value.get("Drain");
  const target = check && parseTarget(check.value);
  if (check && target && "message" in target) return rejected({ ...check.at, ...target });
  const seconds = Number(timeout?.value ?? TIMEOUT.default);
  if (timeout && !(/^\d+$/.test(timeout.value) && seconds >= TIMEOUT.min && seconds <= TIMEOUT.max)) {
    return rejected({
      ...timeout.at,
      message: `${JSON.stringify(timeout.value)} is not a valid timeout for a health check`,
      expected: `use a whole number of seconds from ${TIMEOUT.min} to ${TIMEOUT.max}`,
    });
  }
  if (timeout && !check) {
    return rejected({
      ...timeout.at,
      message: "CheckTimeoutSec without Check",
      expected: "add Check=, or delete the line",
    });
  }
  if (drain && !["yes", "no"].includes(drain.value)) {
    const message = `${JSON.stringify(drain.value)} is neither yes nor no`;
    return rejected({ ...drain.at, message, expected: "use Drain=yes or Drain=no" });
  }
  return parsed({
    check: target && !("message" in target) ? { ...target, timeoutMs: seconds * 1_000 } : undefined,
    drain: drain && drain.value === "yes",
  });
}

/** The keys of the section, each at most once: which of two is meant is not for us to guess. */
function entriesIn(lines: readonly UnitLine[]): Parsed<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (const line of lines) {
    const slip = line.beginsSection ? sectionSlip(line.section ?? "") : undefined;
    if (slip !== undefined) return rejected({ ...line.at, ...slip });
    if (line.beginsSection || line.section !== SECTION) continue;
    const error = take(entries, line);
    if (error !== undefined) return rejected(error);
  }
  return parsed(entries);
}

function sectionSlip(name: string): Pick<ValidationError, "message" | "expected"> | undefined {
  if (name === SECTION || !/^x-/i.test(name) || nearest(name, [SECTION]) === undefined) return undefined;
  return { message: `[${name}] is a section that nothing reads`, expected: `use [${SECTION}], or another name` };
}

function take(entries: Map<string, Entry>, line: UnitLine): ValidationError | undefined {
  const { at } = line;
  const { key, value } = keyAndValue(line);
  if (!KEYS.includes(key)) {
    const near = nearest(key, KEYS);
    const expected = near === undefined ? `use one of ${KEYS.join(", ")}` : `use ${near}`;
    return { ...at, message: `[${SECTION}] has no ${key}`, expected };
  }
  if (line.goesOn) return { ...at, message: `${key} continues on the next line`, expected: "put it on one line" };
  if (value === "") return { ...at, message: `${key} is empty`, expected: "give it a value, or delete the line" };
  if (entries.has(key)) {
    const first = entries.get(key)?.at.line;
    return { ...at, message: `${key} is given twice, first on line ${first}`, expected: "give it once" };
  }
  const column = at.column + line.text.length - value.length;
  entries.set(key, { value, at: { line: at.line, column } });
  return undefined;
}

function parseTarget(text: string): Target | { message: string; expected: string } {
  const expected = "use http://127.0.0.1:8080/health, tcp://127.0.0.1:80 or exec:/path/to/program arguments";
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
  if (text.startsWith("exec:")) {
    const command = text.slice("exec:".length).trim().split(/\s+/);
    if (command[0]?.startsWith("/")) return { kind: "exec", command };
    return { message: `${shown} does not name a program by its absolute path`, expected };
  }
  const url = /^(http|tcp):\/\//.test(text) && !/\s/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === "") return { message: `${shown} is not a health check`, expected };
  if (url.protocol === "http:") return { kind: "http", url: url.href };
  if (url.port === "" || !["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "") {
    return { message: `${shown} is not an address and a port`, expected };
  }
  return { kind: "tcp", host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(url.port) };
}
