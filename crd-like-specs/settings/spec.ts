// From the texts under `spec/` to the one plain object that the controller plans for. A refused text changes nothing:
// the last good one at its path stays in force, and the refusal is handed back to be published.

import type { UnitFile, UnitFiles } from "../units/unit-file.ts";
import type { LocatedError, Parsed } from "../validation.ts";
import type { Setting } from "./setting.ts";
import { defaultSetting, parseSetting } from "./setting.ts";
import { type Settings, settingsOf } from "./settings.ts";
import type { NodeSetting, SpecPath, ValueAt } from "./table.ts";
import { isSecret, NODE_FIELDS, NODE_SETTINGS, resolvePath } from "./table.ts";

/** What the operator wants: every setting of the table, the unit files, and the settings of single nodes. */
export interface Spec extends Settings {
  readonly units: Settings["units"] & { readonly files: UnitFiles };
  /** By node id; only nodes that somebody has said something about. */
  readonly nodes: Readonly<Record<string, NodeSpec>>;
}

export type NodeSpec = Readonly<Record<NodeSetting, boolean>>;

/** What holds for a node that nobody has said anything about. */
export const DEFAULT_NODE = Object.fromEntries(
  NODE_SETTINGS.map(setting => [setting, NODE_FIELDS[setting].default]),
) as NodeSpec;

/** A key under `spec/`: `path` is what follows `spec/`. It never changes: another value makes another one. */
export interface SpecEntry {
  readonly path: string;
  readonly value: string;
  readonly modRevision: number;
}

export interface RejectedEntry extends SpecEntry {
  /** `…` where the text may hold a secret: status, log and events show this value. */
  readonly value: string;
  readonly error: LocatedError;
  /** The setting that stays effective; undefined where there is none, as at an unknown path. */
  readonly effective: Setting | undefined;
  /** Of a list that reads well: the units in it that nobody knows. */
  readonly unknown?: readonly string[];
}

export interface SpecReading {
  readonly spec: Spec;
  /** The effective setting at each path that is set. A path left out is at its default. */
  readonly effective: ReadonlyMap<string, Setting>;
  /** In the order of the entries. */
  readonly rejected: readonly RejectedEntry[];
}

/** What `status/spec/PATH` says was effective last. It never changes either. */
type LastEffective = { readonly effective: string };

/**
 * Reads all entries that exist now. `before` is what was effective last, by path: a rejected entry falls back on it, a path
 * without an entry returns to its default. Never throws.
 */
export function readSpec(entries: readonly SpecEntry[], before: ReadonlyMap<string, LastEffective>): SpecReading {
  const effective = new Map<string, Setting>();
  const rejected: RejectedEntry[] = [];
  for (const entry of entries) {
    const setting = readEntry(entry);
    if (setting.ok) {
      effective.set(entry.path, setting.value);
      continue;
    }
    const kept = lastEffective(entry.path, before.get(entry.path));
    if (kept !== undefined) effective.set(entry.path, kept);
    const error = { path: `spec/${entry.path}`, ...setting.error };
    const target = resolvePath(entry.path);
    const value = target.ok && isSecret(target.value) ? "…" : entry.value;
    rejected.push({ ...entry, value, error, effective: kept ?? defaultAt(entry.path) });
  }
  return { spec: specOf(effective), effective, rejected };
}

/** The reading with further rejections: of texts that parse, but that no host can follow. */
export function withRejections(reading: SpecReading, entries: readonly RejectedEntry[]): SpecReading {
  if (entries.length === 0) return reading;
  const effective = new Map(reading.effective);
  for (const entry of entries) {
    if (entry.effective === undefined) effective.delete(entry.path);
    else effective.set(entry.path, entry.effective);
  }
  return { spec: specOf(effective), effective, rejected: [...reading.rejected, ...entries] };
}

/** The spec as it would be with these settings on top, by path. */
export const specWith = ({ effective }: SpecReading, settings: ReadonlyMap<string, Setting>): Spec =>
  specOf(new Map([...effective, ...settings]));

/** The setting that an entry makes, or what is wrong with it. Each entry is parsed once, however often it is read. */
export const readEntry = (entry: SpecEntry): Parsed<Setting> => readOnce(entry, entry.path, entry.value);

/** Undefined where nothing was effective, or where this release no longer accepts what an earlier one did. */
export function lastEffective(path: string, status: LastEffective | undefined): Setting | undefined {
  const setting = status && readOnce(status, path, status.effective);
  return setting?.ok ? setting.value : undefined;
}

/** What was read of an object that holds a text. The same objects come back in every round until they are replaced. */
const known = new WeakMap<object, Parsed<Setting>>();

function readOnce(holder: object, path: string, text: string): Parsed<Setting> {
  const before = known.get(holder);
  if (before !== undefined) return before;
  const target = resolvePath(path);
  const setting = target.ok ? parseSetting(target.value, text) : target;
  known.set(holder, setting);
  return setting;
}

function defaultAt(path: string): Setting | undefined {
  const target = resolvePath(path);
  return target.ok ? defaultSetting(target.value) : undefined;
}

/** The spec while nobody has set anything. */
export const DEFAULT_SPEC: Spec = specOf(new Map());

/** The spec that accepted settings make. */
function specOf(settings: ReadonlyMap<string, Setting>): Spec {
  const values = new Map<SpecPath, ValueAt<SpecPath>>();
  const files: Record<string, UnitFile> = {};
  const nodes: Record<string, NodeSpec> = {};
  for (const setting of settings.values()) {
    if (setting.kind === "field") values.set(setting.path, setting.value);
    else if (setting.kind === "file") files[setting.name] = setting.value;
    else nodes[setting.id] = { ...(nodes[setting.id] ?? DEFAULT_NODE), [setting.setting]: setting.value };
  }
  const fields = settingsOf(values);
  return { ...fields, units: { ...fields.units, files }, nodes };
}
