// A setting: a key under `spec/` with its normalized text and its value. Only this module parses the texts.

import { parseUnitFile, type UnitFile } from "../units/unit-file.ts";
import { type Parsed, parsed } from "../validation.ts";
import type { Field } from "./field.ts";
import type { SpecPath, ValueAt } from "./table.ts";
import { FIELDS, type FieldTarget, type FileTarget, NODE_FIELDS, type NodeTarget, type SpecTarget } from "./table.ts";

/** The target of the path, the normalized text, and its value. */
export type Setting =
  | (FieldTarget & { readonly text: string; readonly value: ValueAt<SpecPath> })
  | (FileTarget & { readonly text: string; readonly value: UnitFile })
  | (NodeTarget & { readonly text: string; readonly value: boolean });

/** Parses the text for a target. Never throws. */
export function parseSetting(target: SpecTarget, text: string): Parsed<Setting> {
  switch (target.kind) {
    case "file": {
      const file = parseUnitFile(target.name, text);
      return file.ok ? parsed({ ...target, text, value: file.value }) : file;
    }
    case "field": {
      const value = parsedBy<ValueAt<SpecPath>>(FIELDS[target.path], text);
      return value.ok ? parsed({ ...target, ...value.value }) : value;
    }
    case "node": {
      const value = parsedBy<boolean>(NODE_FIELDS[target.setting], text);
      return value.ok ? parsed({ ...target, ...value.value }) : value;
    }
  }
}

/** The normalized texts by path. */
export const textsOf = (settings: ReadonlyMap<string, Setting>): Map<string, string> =>
  new Map([...settings].map(([path, { text }]) => [path, text]));

/** The normalized form of a text for a target, or its error. */
export function normalize(target: SpecTarget, text: string): Parsed<string> {
  const setting = parseSetting(target, text);
  return setting.ok ? parsed(setting.value.text) : setting;
}

/** The effective setting of a target without a key; undefined for a unit file, which has no default. */
export function defaultSetting(target: SpecTarget): Setting | undefined {
  switch (target.kind) {
    case "file":
      return undefined;
    case "field":
      return { ...target, ...rendered<ValueAt<SpecPath>>(FIELDS[target.path], FIELDS[target.path].default) };
    case "node":
      return { ...target, ...rendered<boolean>(NODE_FIELDS[target.setting], NODE_FIELDS[target.setting].default) };
  }
}

/** The effective text of a target without a key; empty for a unit file. */
export const defaultText = (target: SpecTarget): string => defaultSetting(target)?.text ?? "";

const rendered = <T>(field: Field<T>, value: T) => ({ text: field.render(value), value });

function parsedBy<T>(field: Field<T>, text: string): Parsed<ReturnType<typeof rendered<T>>> {
  const value = field.parse(text);
  return value.ok ? parsed(rendered(field, value.value)) : value;
}
