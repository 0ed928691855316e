// The other unit files that a listed unit needs: the template of an instance, and the unit that it activates, which
// must be placed but is not started with it.

import { keyAndValue, type UnitLine } from "./unit-lines.ts";

/** The template of an instance: `web@.service` for `web@main.service`. Undefined for other units. */
export function templateOf(name: string): string | undefined {
  const instance = /^([^@]+@)[^@]+(\.[a-z]+)$/.exec(name);
  return instance === null ? undefined : `${instance[1]}${instance[2]}`;
}

export const isTemplate = (name: string): boolean => /@\.[a-z]+$/.test(name);

/**
 * What a timer, a socket or a path activates: the service of the same name, the service template of the same name
 * (for a socket with Accept=yes), or the unit that its text names.
 */
export type Activation = "same-name" | "template" | { readonly unit: string };

const ACTIVATING = /^(.+)\.(timer|socket|path)$/;
const NAMED_BY: Readonly<Record<string, readonly [section: string, key: string]>> = {
  timer: ["Timer", "Unit"],
  socket: ["Socket", "Service"],
  path: ["Path", "Unit"],
};

/** What a unit with these lines activates, by systemd.timer(5), systemd.socket(5) and systemd.path(5). */
export function activationIn(name: string, lines: readonly UnitLine[]): Activation | undefined {
  const kind = ACTIVATING.exec(name)?.[2] ?? "";
  const namedBy = NAMED_BY[kind];
  if (namedBy === undefined) return undefined;
  if (kind === "socket" && /^(1|yes|true|on)$/i.test(valueIn(lines, "Socket", "Accept") ?? "")) return "template";
  const unit = valueIn(lines, ...namedBy);
  return unit === undefined ? "same-name" : { unit };
}

/**
 * The name of the unit that a unit activates. `activation` is from its unit file in the spec, for an instance from
 * that of its template, and undefined if the spec carries neither. Returns undefined for other kinds of units, and if
 * the name of the activated unit contains a specifier (`%i`), which only systemd can replace.
 */
export function activatedBy(name: string, activation: Activation | undefined): string | undefined {
  const stem = ACTIVATING.exec(name)?.[1];
  if (stem === undefined) return undefined;
  if (activation === "template") return `${stem}@.service`;
  const activated = typeof activation === "object" ? activation.unit : `${stem}.service`;
  return activated.includes("%") ? undefined : activated;
}

/** The last value of a key in a section, as systemd reads it; undefined if it is empty. */
function valueIn(lines: readonly UnitLine[], section: string, key: string): string | undefined {
  const inSection = lines.filter(line => line.section === section && !line.beginsSection);
  return inSection.map(keyAndValue).findLast(one => one.key === key)?.value || undefined;
}
