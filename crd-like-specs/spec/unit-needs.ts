// What a listed unit needs beside a file of its own name: the template that it is an instance of, and the unit that it
// activates, whose file must be there and which is not started with it.

import { keyAndValue, unitLines } from "./unit-lines.ts";

/** `web@.service` of `web@main.service`; undefined of what is no instance. */
export function templateOf(name: string): string | undefined {
  const instance = /^([^@]+@)[^@]+(\.[a-z]+)$/.exec(name);
  return instance === null ? undefined : `${instance[1]}${instance[2]}`;
}

export const isTemplate = (name: string): boolean => /@\.[a-z]+$/.test(name);

/**
 * The unit that a timer, a socket or a path activates: systemd.timer(5), systemd.socket(5), systemd.path(5). Undefined
 * of every other kind, and where the name has a specifier (`%i`), which only systemd can fill in.
 */
export function activatedBy(name: string, text: string): string | undefined {
  const [, stem = "", kind = ""] = /^(.+)\.(timer|socket|path)$/.exec(name) ?? [];
  if (stem === "") return undefined;
  if (kind === "socket" && /^(1|yes|true|on)$/i.test(valueIn(text, "Socket", "Accept") ?? ""))
    return `${stem}@.service`;
  const named = kind === "socket" ? valueIn(text, "Socket", "Service") : valueIn(text, SECTIONS[kind] ?? "", "Unit");
  const activated = named ?? `${stem}.service`;
  return activated.includes("%") ? undefined : activated;
}

const SECTIONS: Readonly<Record<string, string>> = { timer: "Timer", path: "Path" };

/** The last value of a key in a section, as systemd takes it; an empty one counts as none. */
function valueIn(text: string, section: string, key: string): string | undefined {
  const inSection = unitLines(text).filter(line => line.section === section && !line.beginsSection);
  return inSection.map(keyAndValue).findLast(one => one.key === key)?.value || undefined;
}
