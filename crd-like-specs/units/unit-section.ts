// Parses the section `[X-Swarmkeeper]` of a unit file: its health check and whether it needs a drain. systemd ignores
// sections that begin with X-. Here an unknown key is rejected, because a typo would disable a health check silently.

import { nearest } from "../suggest.ts";
import type { Parsed, ValidationError } from "../validation.ts";
import { parsed, rejected } from "../validation.ts";
import { keyAndValue, type UnitLine } from "./unit-lines.ts";

/** The health check of a running unit. */
export type Check =
  | { readonly kind: "http"; readonly url: string; readonly timeoutMs: number }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly timeoutMs: number }
  /** The absolute path of a program and its arguments. No shell is involved. */
  | { readonly kind: "exec"; readonly command: readonly string[]; readonly timeoutMs: number };

export interface UnitSection {
  readonly check: Check | undefined;
  /** Whether the node is drained before this unit changes; undefined if the file has no Drain=. */
  readonly drain: boolean | undefined;
}

const SECTION = "X-Swarmkeeper";
const KEYS = ["Check", "CheckTimeoutSec", "Drain"];
/** In seconds. The agent runs one observation of its units after the other, so each must end. */
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

/** The settings in the section; undefined values without a section. Never throws. */
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

/** The keys of the section. A key that is given twice is rejected, because either value could be meant. */
function entriesIn(lines: readonly UnitLine[]): Parsed<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (const line of lines) {
    const typo = line.beginsSection ? sectionTypo(line.section ?? "") : undefined;
    if (typo !== undefined) return rejected({ ...line.at, ...typo });
    if (line.beginsSection || line.section !== SECTION) continue;
    const error = addEntry(entries, line);
    if (error !== undefined) return rejected(error);
  }
  return parsed(entries);
}

function sectionTypo(name: string): Pick<ValidationError, "message" | "expected"> | undefined {
  if (name === SECTION || !/^x-/i.test(name) || nearest(name, [SECTION]) === undefined) return undefined;
  return { message: `[${name}] is a section that nothing reads`, expected: `use [${SECTION}], or another name` };
}

function addEntry(entries: Map<string, Entry>, line: UnitLine): ValidationError | undefined {
  const { at } = line;
  const { key, value } = keyAndValue(line);
  if (!KEYS.includes(key)) {
    const near = nearest(key, KEYS);
    const expected = near === undefined ? `use one of ${KEYS.join(", ")}` : `use ${near}`;
    return { ...at, message: `[${SECTION}] has no ${key}`, expected };
  }
  if (line.continues) return { ...at, message: `${key} continues on the next line`, expected: "put it on one line" };
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
