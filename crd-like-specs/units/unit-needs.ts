// What a listed unit needs beside a file of its own name: the template that it is an instance of, and the unit that it
// activates, whose file must be there and which is not started with it.

import { keyAndValue, type UnitLine } from "./unit-lines.ts";

/** `web@.service` of `web@main.service`; undefined of what is no instance. */
export function templateOf(name: string): string | undefined {
  const instance = /^([^@]+@)[^@]+(\.[a-z]+)$/.exec(name);
  return instance === null ? undefined : `${instance[1]}${instance[2]}`;
}

export const isTemplate = (name: string): boolean => /@\.[a-z]+$/.test(name);

/**
 * What a timer, a socket or a path activates, by its text: the service of its own name, the service template of its own
 * name (a socket that accepts each connection itself), or the unit that the text names.
 */
export type Activation = "same-name" | "template" | { readonly unit: string };

const ACTIVATING = /^(.+)\.(timer|socket|path)$/;
const NAMED_BY: Readonly<Record<string, readonly [section: string, key: string]>> = {
  timer: ["Timer", "Unit"],
  socket: ["Socket", "Service"],
  path: ["Path", "Unit"],
};

/** What the lines say that a unit of this name activates: systemd.timer(5), systemd.socket(5), systemd.path(5). */
export function activationIn(name: string, lines: readonly UnitLine[]): Activation | undefined {
  const kind = ACTIVATING.exec(name)?.[2] ?? "";
  const namedBy = NAMED_BY[kind];
  if (namedBy === undefined) return undefined;
  if (kind === "socket" && /^(1|yes|true|on)$/i.test(valueIn(lines, "Socket", "Accept") ?? "")) return "template";
  const unit = valueIn(lines, ...namedBy);
  return unit === undefined ? "same-name" : { unit };
}

/**
 * The unit that one of this name activates. `activation` is that of the file that the spec carries for it, of an instance
 * its template's; undefined where the spec carries none. Undefined of every other kind of unit, and where the name of the
 * activated unit has a specifier (`%i`), which only systemd can fill in.
 */
export function activatedBy(name: string, activation: Activation | undefined): string | undefined {
  const stem = ACTIVATING.exec(name)?.[1];
  if (stem === undefined) return undefined;
  if (activation === "template") return `${stem}@.service`;
  const activated = typeof activation === "object" ? activation.unit : `${stem}.service`;
  return activated.includes("%") ? undefined : activated;
}

/** The last value of a key in a section, as systemd takes it; an empty one counts as none. */
function valueIn(lines: readonly UnitLine[], section: string, key: string): string | undefined {
  const inSection = lines.filter(line => line.section === section && !line.beginsSection);
  return inSection.map(keyAndValue).findLast(one => one.key === key)?.value || undefined;
}
