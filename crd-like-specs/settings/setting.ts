// A setting: what a key under `spec/` holds once it is read, as a text and as a value. Texts become values here and nowhere
// else.

import { parseUnitFile, type UnitFile } from "../units/unit-file.ts";
import { type Parsed, parsed } from "../validation.ts";
import type { Field } from "./field.ts";
import type { SpecPath, ValueAt } from "./table.ts";
import { FIELDS, type FieldPlace, type FilePlace, NODE_FIELDS, type NodePlace, type Place } from "./table.ts";

/** The place, the canonical text, and the value that the text stands for. */
export type Setting =
  | (FieldPlace & { readonly text: string; readonly value: ValueAt<SpecPath> })
  | (FilePlace & { readonly text: string; readonly value: UnitFile })
  | (NodePlace & { readonly text: string; readonly value: boolean });

/** The setting that a text makes at a place, or what is wrong with the text. Never throws. */
export function parseSetting(place: Place, text: string): Parsed<Setting> {
  switch (place.kind) {
    case "file": {
      const file = parseUnitFile(place.name, text);
      return file.ok ? parsed({ ...place, text, value: file.value }) : file;
    }
    case "field": {
      const value = parsedBy<ValueAt<SpecPath>>(FIELDS[place.path], text);
      return value.ok ? parsed({ ...place, ...value.value }) : value;
    }
    case "node": {
      const value = parsedBy<boolean>(NODE_FIELDS[place.setting], text);
      return value.ok ? parsed({ ...place, ...value.value }) : value;
    }
  }
}

/** The canonical texts, by the same paths. */
export const textsOf = (settings: ReadonlyMap<string, Setting>): Map<string, string> =>
  new Map([...settings].map(([path, { text }]) => [path, text]));

/** The canonical text of a value at a place, or what is wrong with the text. */
export function canonical(place: Place, text: string): Parsed<string> {
  const setting = parseSetting(place, text);
  return setting.ok ? parsed(setting.value.text) : setting;
}

/** The effective setting at a path without a key; undefined for a unit file, which has no default. */
export function defaultSetting(place: Place): Setting | undefined {
  switch (place.kind) {
    case "file":
      return undefined;
    case "field":
      return { ...place, ...rendered<ValueAt<SpecPath>>(FIELDS[place.path], FIELDS[place.path].default) };
    case "node":
      return { ...place, ...rendered<boolean>(NODE_FIELDS[place.setting], NODE_FIELDS[place.setting].default) };
  }
}

/** The effective text at a path without a key; empty for a unit file. */
export const defaultText = (place: Place): string => defaultSetting(place)?.text ?? "";

const rendered = <T>(field: Field<T>, value: T) => ({ text: field.render(value), value });

function parsedBy<T>(field: Field<T>, text: string): Parsed<ReturnType<typeof rendered<T>>> {
  const value = field.parse(text);
  return value.ok ? parsed(rendered(field, value.value)) : value;
}
