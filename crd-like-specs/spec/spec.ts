// From the texts under `spec/` to the one plain object that the controller plans for. A refused text changes nothing:
// the last good one at its path stays in force, and the refusal is handed back to be published.
import type { LocatedError } from "../validation.ts";
import type { MaxUnavailable } from "./max-unavailable.ts";
import type { NodeSetting, SpecPath, ValueAt } from "./table.ts";
import { canonical, defaultText, FIELDS, NODE_FIELDS, placeOf } from "./table.ts";
import type { Windows } from "./window.ts";

export interface Spec {
  readonly managers: number;
  readonly paused: boolean;
  readonly units: {
    readonly manager: readonly string[];
    readonly worker: readonly string[];
    /** Unit file texts by name. */
    readonly files: Readonly<Record<string, string>>;
  };
  readonly rollout: {
    readonly maxUnavailable: MaxUnavailable;
    readonly minHealthySeconds: number;
    readonly healthyDeadlineSeconds: number;
    readonly canary: number;
    readonly onFailure: "pause" | "revert";
    readonly paused: boolean;
    readonly window: Windows;
    readonly retry: string;
  };
  readonly remediation: {
    readonly enabled: boolean;
    readonly graceSeconds: number;
    readonly attempts: number;
    readonly candidateSeconds: number;
    readonly coolDownSeconds: number;
    readonly reset: string;
  };
  readonly vault: {
    readonly enabled: boolean;
    readonly image: string;
    readonly storage: "etcd" | "raft";
    readonly port: number;
    /** HCL; empty for none. */
    readonly config: string;
    readonly reminderSeconds: number;
  };
  readonly slack: { readonly level: "info" | "warning" | "alarm" | "off" };
  /** By node id; only nodes that somebody has said something about. */
  readonly nodes: Readonly<Record<string, NodeSpec>>;
}

export type NodeSpec = Readonly<Record<NodeSetting, boolean>>;

/** What holds for a node that nobody has said anything about. */
export const DEFAULT_NODE: NodeSpec = {
  eligible: NODE_FIELDS.eligible.default,
  paused: NODE_FIELDS.paused.default,
  drain: NODE_FIELDS.drain.default,
};

/** A key under `spec/`: `path` is what follows `spec/`, `revision` its mod revision. */
export interface SpecEntry {
  readonly path: string;
  readonly value: string;
  readonly revision: number;
}

export interface RefusedEntry extends SpecEntry {
  readonly problem: LocatedError;
  /** The text that stays in force; empty where there is nothing, as at an unknown path. */
  readonly inForce: string;
  /** Of a list that reads well: the units in it that nobody knows. */
  readonly unknown?: readonly string[];
}

export interface SpecReading {
  readonly spec: Spec;
  /** The canonical text at each path that is set; hand it to the next reading. A path left out is at its default. */
  readonly inForce: Map<string, string>;
  /** In the order of the entries. */
  readonly refused: readonly RefusedEntry[];
}

/**
 * Reads all entries that exist now. `inForce` is what an earlier reading returned, or what `status/spec/…` tells of it
 * after a change of leader: a refused entry falls back on it, a path without an entry returns to its default.
 */
export function readSpec(entries: readonly SpecEntry[], inForce: ReadonlyMap<string, string>): SpecReading {
  const next = new Map<string, string>();
  const refused: RefusedEntry[] = [];
  for (const entry of entries) {
    const place = placeOf(entry.path);
    if (!place.ok) {
      refused.push({ ...entry, problem: { path: `spec/${entry.path}`, ...place.error }, inForce: "" });
      continue;
    }
    const text = canonical(place.value, entry.value);
    if (text.ok) {
      next.set(entry.path, text.value);
      continue;
    }
    // What was good for an earlier release need not be good for this one.
    const before = inForce.get(entry.path);
    const kept = before === undefined ? undefined : canonical(place.value, before);
    if (kept?.ok) next.set(entry.path, kept.value);
    refused.push({
      ...entry,
      problem: { path: `spec/${entry.path}`, ...text.error },
      inForce: kept?.ok ? kept.value : defaultText(place.value),
    });
  }
  return { spec: specOf(next), inForce: next, refused };
}

/** The reading with one refusal more: of a text that reads well, and that cannot be followed. */
export function withRefusal({ inForce, refused }: SpecReading, entry: RefusedEntry): SpecReading {
  const next = new Map(inForce).set(entry.path, entry.inForce);
  return { spec: specOf(next), inForce: next, refused: [...refused, entry] };
}

/** The spec while nobody has set anything. */
export const DEFAULT_SPEC: Spec = specOf(new Map());

/** The spec that accepted texts make. */
function specOf(texts: ReadonlyMap<string, string>): Spec {
  const at = <Path extends SpecPath>(path: Path): ValueAt<Path> => {
    const text = texts.get(path);
    const value = text === undefined ? undefined : FIELDS[path].parse(text);
    return value?.ok ? value.value : FIELDS[path].default;
  };
  return {
    managers: at("managers"),
    paused: at("paused"),
    units: { manager: at("units/manager"), worker: at("units/worker"), files: filesOf(texts) },
    rollout: {
      maxUnavailable: at("rollout/max-unavailable"),
      minHealthySeconds: at("rollout/min-healthy-seconds"),
      healthyDeadlineSeconds: at("rollout/healthy-deadline-seconds"),
      canary: at("rollout/canary"),
      onFailure: at("rollout/on-failure"),
      paused: at("rollout/paused"),
      window: at("rollout/window"),
      retry: at("rollout/retry"),
    },
    remediation: {
      enabled: at("remediation/enabled"),
      graceSeconds: at("remediation/grace-seconds"),
      attempts: at("remediation/attempts"),
      candidateSeconds: at("remediation/candidate-seconds"),
      coolDownSeconds: at("remediation/cool-down-seconds"),
      reset: at("remediation/reset"),
    },
    vault: {
      enabled: at("vault/enabled"),
      image: at("vault/image"),
      storage: at("vault/storage"),
      port: at("vault/port"),
      config: at("vault/config"),
      reminderSeconds: at("vault/reminder-seconds"),
    },
    slack: { level: at("slack/level") },
    nodes: nodesOf(texts),
  };
}

function filesOf(texts: ReadonlyMap<string, string>): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [path, text] of texts) {
    const place = placeOf(path);
    if (place.ok && place.value.kind === "file") files[place.value.name] = text;
  }
  return files;
}

function nodesOf(texts: ReadonlyMap<string, string>): Record<string, NodeSpec> {
  const nodes: Record<string, NodeSpec> = {};
  for (const [path, text] of texts) {
    const place = placeOf(path);
    if (!place.ok || place.value.kind !== "node") continue;
    const { id, setting } = place.value;
    nodes[id] = { ...(nodes[id] ?? DEFAULT_NODE), [setting]: text === "true" };
  }
  return nodes;
}
