// Reads the texts under `spec/` into the object that the controller plans for. A rejected text changes nothing: the
// last valid one at its path stays effective, and the rejection is returned so that it can be published.

import type { UnitFile, UnitFiles } from "../units/unit-file.ts";
import type { LocatedError, Parsed } from "../validation.ts";
import type { Setting } from "./setting.ts";
import { defaultSetting, parseSetting } from "./setting.ts";
import { type Settings, settingsOf } from "./settings.ts";
import type { NodeSetting, SpecPath, ValueAt } from "./table.ts";
import { isSecret, NODE_FIELDS, NODE_SETTINGS, resolvePath } from "./table.ts";

/** The desired state: every setting of the table, the unit files, and the settings of single nodes. */
export interface Spec extends Settings {
  readonly units: Settings["units"] & { readonly files: UnitFiles };
  /** By node id; only nodes that have a setting. */
  readonly nodes: Readonly<Record<string, NodeSpec>>;
}

export type NodeSpec = Readonly<Record<NodeSetting, boolean>>;

/** The settings of a node without any key. */
export const DEFAULT_NODE = Object.fromEntries(
  NODE_SETTINGS.map(setting => [setting, NODE_FIELDS[setting].default]),
) as NodeSpec;

/** A key under `spec/`: `path` is what follows `spec/`. Immutable: another value is another entry. */
export interface SpecEntry {
  readonly path: string;
  readonly value: string;
  readonly modRevision: number;
}

export interface RejectedEntry extends SpecEntry {
  /** `…` if the text may contain a secret, because status, log and events show this value. */
  readonly value: string;
  readonly error: LocatedError;
  /** The setting that stays effective; undefined if there is none, as for an unknown path. */
  readonly effective: Setting | undefined;
  /** For a valid list: its units that no node knows. */
  readonly unknown?: readonly string[];
}

export interface SpecReading {
  readonly spec: Spec;
  /** The effective setting of each path with a key. Any other path has its default. */
  readonly effective: ReadonlyMap<string, Setting>;
  /** In the order of the entries. */
  readonly rejected: readonly RejectedEntry[];
}

/** The last effective text, from `status/spec/PATH`. Immutable too. */
type LastEffective = { readonly effective: string };

/**
 * Reads all current entries. `before` has the last effective texts by path. A rejected entry falls back to them; a path
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
    const standing = kept ?? (target.ok ? defaultSetting(target.value) : undefined);
    rejected.push({ ...entry, value, error, effective: standing });
  }
  return { spec: specOf(effective), effective, rejected };
}

/** The reading with further rejections, of texts that parse but that no node can apply. */
export function withRejections(reading: SpecReading, entries: readonly RejectedEntry[]): SpecReading {
  if (entries.length === 0) return reading;
  const effective = new Map(reading.effective);
  for (const entry of entries) {
    if (entry.effective === undefined) effective.delete(entry.path);
    else effective.set(entry.path, entry.effective);
  }
  return { spec: specOf(effective), effective, rejected: [...reading.rejected, ...entries] };
}

/** The spec with these settings, by path, in addition to the effective ones. */
export const specWith = ({ effective }: SpecReading, settings: ReadonlyMap<string, Setting>): Spec =>
  specOf(new Map([...effective, ...settings]));

/** The setting of an entry, or its error. Each entry is parsed only once. */
export const readEntry = (entry: SpecEntry): Parsed<Setting> => readOnce(entry, entry.path, entry.value);

/** Undefined if nothing was effective, or if this release rejects a text that an earlier one accepted. */
export function lastEffective(path: string, status: LastEffective | undefined): Setting | undefined {
  const setting = status && readOnce(status, path, status.effective);
  return setting?.ok ? setting.value : undefined;
}

/** The setting of each object with a text. Every round reads the same objects until they are replaced. */
const known = new WeakMap<object, Parsed<Setting>>();

function readOnce(holder: object, path: string, text: string): Parsed<Setting> {
  const before = known.get(holder);
  if (before !== undefined) return before;
  const target = resolvePath(path);
  const setting = target.ok ? parseSetting(target.value, text) : target;
  known.set(holder, setting);
  return setting;
}

/** The spec without any key. */
export const DEFAULT_SPEC: Spec = specOf(new Map());

/** The spec with these settings. */
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
