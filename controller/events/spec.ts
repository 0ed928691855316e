// Events of the spec: the difference between `status/spec` and what is about to be written there. A change is
// therefore recorded once, under every leader.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import { eventOf, type NewEvent } from "../../crd-like-specs/resources/event.ts";
import { quoted } from "../../crd-like-specs/settings/field.ts";
import { defaultText } from "../../crd-like-specs/settings/setting.ts";
import type { SpecReading } from "../../crd-like-specs/settings/spec.ts";
import { FILES, isSecret, resolvePath } from "../../crd-like-specs/settings/table.ts";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import { explain } from "../../crd-like-specs/validation.ts";

/** More changes than this are combined in one event, so that a whole document is one line. */
const MOST_CHANGES = 20;

/** The values that become effective and the values that are rejected, compared with `status/spec`. */
export function specEvents(known: ClusterKeys, reading: SpecReading): NewEvent[] {
  const changes = effectiveChanges(known, reading);
  const names = changes.map(({ path }) => `spec/${path}`);
  const changed =
    changes.length <= MOST_CHANGES
      ? changes.map(change => eventOf("spec", "info", "SpecChanged", changeId(change), changeText(change)))
      : [
          eventOf(
            "spec",
            "info",
            "SpecChanged",
            digest(changes.map(changeId).join()),
            `${names.length} values are in effect now: ${names.slice(0, MOST_CHANGES).join(", ")} and others`,
          ),
        ];
  return [
    ...changed,
    ...newRejections(known, reading).map(({ path, value, text }) =>
      eventOf("spec", "warning", "SpecRejected", `${path}/${digest(value)}`, text),
    ),
  ];
}

interface Change {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly byDefault: boolean;
  /** The value may hold a secret and is not quoted. */
  readonly secret: boolean;
}

function effectiveChanges({ specStatus }: ClusterKeys, { effective }: SpecReading): Change[] {
  return [...new Set([...specStatus.keys(), ...effective.keys()])].sort().flatMap(path => {
    const target = resolvePath(path);
    if (!target.ok) return [];
    const byDefault = !effective.has(path);
    const before = specStatus.get(path)?.effective ?? defaultText(target.value);
    const after = effective.get(path)?.text ?? defaultText(target.value);
    return before === after ? [] : [{ path, before, after, byDefault, secret: isSecret(target.value) }];
  });
}

const digest = (text: string): string => hashOf(text).slice(0, 12);
const changeId = ({ path, before, after }: Change): string => `${path}/${digest(before)}/${digest(after)}`;

function changeText({ path, before, after, byDefault, secret }: Change): string {
  if (path.startsWith(FILES) || secret)
    return `spec/${path} ${after === "" ? "was removed" : `has ${lines(after)} now`}`;
  const to = byDefault && after !== "" ? `default ${short(after)}` : short(after);
  return `spec/${path} ${short(before)} → ${to}`;
}

const lines = (text: string): string => `${text.trimEnd().split("\n").length} lines`;

/** A value on one line; a list by its items. */
function short(text: string): string {
  if (text === "") return "nothing";
  const line = text.trimEnd().split("\n").join(", ");
  return /^[^\p{C}]{1,120}$/u.test(line) ? line : quoted(line);
}

/** The rejections that this round publishes for the first time, with one line each for the log. */
export function newRejections(
  known: ClusterKeys,
  reading: SpecReading,
): { path: string; value: string; text: string }[] {
  return reading.rejected
    .filter(entry => known.specStatus.get(entry.path)?.rejected?.modRevision !== entry.modRevision)
    .map(({ path, value, error, effective }) => ({
      path,
      value,
      text: `rejected ${JSON.stringify(value.trim().slice(0, 60))} at ${explain(error)}; ${effectiveClause(effective?.text ?? "")}`,
    }));
}

const effectiveClause = (text: string): string => (text === "" ? "no value is in effect" : `${text} stays in effect`);
