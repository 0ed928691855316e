// Every path under `spec/`, with its field. The schema, the `Cluster` document and the documentation are made from this
// table.

import { nearest } from "../suggest.ts";
import { MAX_UNIT_FILE_BYTES, unitFileNameError } from "../units/unit-file.ts";
import { managerUnits, workerUnits } from "../units/unit-list.ts";
import type { Parsed, ValidationError } from "../validation.ts";
import { rejected } from "../validation.ts";
import type { Field } from "./field.ts";
import { quoted } from "./field.ts";
import { image } from "./image.ts";
import { managers } from "./managers.ts";
import { maxUnavailable } from "./max-unavailable.ts";
import { boolean, enumOf, integer, nonce } from "./scalars.ts";
import { vaultConfig } from "./vault-config.ts";
import { windows } from "./window.ts";

/** The settings of the cluster, by path. */
export const FIELDS = {
  managers,
  paused: boolean("Whether the controller only observes and reports, and changes nothing", false),
  "units/manager": managerUnits,
  "units/worker": workerUnits,
  "rollout/max-unavailable": maxUnavailable,
  "rollout/min-healthy-seconds": integer("How long a changed node must be healthy before the next one is changed", {
    default: 10,
    min: 0,
    max: 3600,
    unit: "seconds",
  }),
  "rollout/healthy-deadline-seconds": integer(
    "How long a changed node may take to become healthy, not counting min-healthy-seconds",
    { default: 300, min: 1, max: 86_400, unit: "seconds" },
  ),
  "rollout/canary": integer("How many nodes are changed and must be healthy before the others are changed", {
    default: 1,
    min: 0,
    max: 100,
  }),
  "rollout/on-failure": enumOf("What a failed rollout does", ["pause", "revert"], "pause"),
  "rollout/paused": boolean("Whether the rollout changes no further node; changed nodes are still checked", false),
  "rollout/window": windows,
  "rollout/retry": nonce("Another value lets a halted rollout continue", "never"),
  "remediation/enabled": boolean("Whether a worker replaces a dead manager", true),
  "remediation/grace-seconds": integer("How long a manager may be unreachable before it is replaced", {
    default: 60,
    min: 15,
    max: 86_400,
    unit: "seconds",
  }),
  "remediation/attempts": integer("How many attempts may fail before no other candidate is tried", {
    default: 3,
    min: 1,
    max: 100,
  }),
  "remediation/candidate-seconds": integer("How long the promotion of a candidate may take before it is rolled back", {
    default: 300,
    min: 30,
    max: 86_400,
    unit: "seconds",
  }),
  "remediation/cool-down-seconds": integer(
    "How long a failed candidate is not tried again, and how long the circuit breaker stops new attempts",
    { default: 600, min: 15, max: 86_400, unit: "seconds" },
  ),
  "remediation/reset": nonce("Another value clears all failed attempts, so that candidates are tried again", "never"),
  "vault/enabled": boolean("Whether the managers run Vault", false),
  "vault/image": image("The container image of Vault", "hashicorp/vault:1.13"),
  "vault/storage": enumOf("Where Vault keeps its data", ["etcd", "raft"], "etcd"),
  "vault/port": integer("The TCP port of Vault's API; the cluster port is the next one", {
    default: 8200,
    min: 1,
    max: 65_534,
  }),
  "vault/config": vaultConfig,
  "vault/reminder-seconds": integer(
    "How often a reminder is recorded for a Vault that stays sealed or uninitialised; 0 for never",
    {
      default: 14_400,
      min: 0,
      max: 604_800,
      unit: "seconds",
    },
  ),
  "slack/level": enumOf(
    "The lowest severity of the events that are sent to Slack; off sends none",
    ["info", "warning", "alarm", "off"],
    "info",
  ),
} as const satisfies Record<string, Field<unknown>>;

/** The settings of a node, by the name under `nodes/ID/`. */
export const NODE_FIELDS = {
  eligible: boolean("Whether this node may become a manager", true),
  paused: boolean("Whether the role and the units of this node stay unchanged", false),
  drain: boolean("Whether swarm moves its tasks away from this node", false),
} as const satisfies Record<string, Field<boolean>>;

/**
 * The file that acts on each setting; if there are several, the one that decides. A setting without a reader does not
 * compile, because it would be accepted and have no effect. settings.test.ts checks that the file reads it.
 */
export const SETTING_READERS: Readonly<Record<SpecPath | `nodes/ID/${NodeSetting}`, `${string}.ts`>> = {
  managers: "controller/plan/membership/choose.ts",
  paused: "controller/plan/plan.ts",
  "units/manager": "crd-like-specs/units/unit-set.ts",
  "units/worker": "crd-like-specs/units/unit-set.ts",
  "rollout/max-unavailable": "controller/plan/rollout/decide.ts",
  "rollout/min-healthy-seconds": "controller/plan/rollout/disruption-budget.ts",
  "rollout/healthy-deadline-seconds": "controller/plan/rollout/disruption-budget.ts",
  "rollout/canary": "controller/plan/rollout/decide.ts",
  "rollout/on-failure": "controller/plan/rollout/decide.ts",
  "rollout/paused": "controller/plan/rollout/next-nodes.ts",
  "rollout/window": "controller/plan/rollout/next-nodes.ts",
  "rollout/retry": "controller/plan/rollout/decide.ts",
  "remediation/enabled": "controller/state/unreachable.ts",
  "remediation/grace-seconds": "controller/state/unreachable.ts",
  "remediation/attempts": "controller/state/circuit-breaker.ts",
  "remediation/candidate-seconds": "controller/plan/membership/membership.ts",
  "remediation/cool-down-seconds": "controller/state/circuit-breaker.ts",
  "remediation/reset": "controller/state/circuit-breaker.ts",
  "vault/enabled": "controller/state/vaults.ts",
  "vault/image": "controller/state/vaults.ts",
  "vault/storage": "controller/state/vaults.ts",
  "vault/port": "controller/state/vaults.ts",
  "vault/config": "controller/state/vaults.ts",
  "vault/reminder-seconds": "controller/plan/vault/overview.ts",
  "slack/level": "controller/loop/notify.ts",
  "nodes/ID/eligible": "controller/plan/membership/candidates.ts",
  "nodes/ID/paused": "controller/plan/membership/choose.ts",
  "nodes/ID/drain": "controller/state/drained.ts",
};

export type SpecPath = keyof typeof FIELDS;
export type NodeSetting = keyof typeof NODE_FIELDS;
export type ValueAt<Path extends SpecPath> = (typeof FIELDS)[Path]["default"];

export const SPEC_PATHS = Object.keys(FIELDS) as readonly SpecPath[];
export const NODE_SETTINGS = Object.keys(NODE_FIELDS) as readonly NodeSetting[];

export const FILES = "units/files/";
export const NODE_ID = /^[0-9a-f]{12}$/;

/** What a spec path addresses. */
export type SpecTarget = FieldTarget | FileTarget | NodeTarget;
export type FieldTarget = { readonly kind: "field"; readonly path: SpecPath };
export type FileTarget = { readonly kind: "file"; readonly name: string };
export type NodeTarget = { readonly kind: "node"; readonly id: string; readonly setting: NodeSetting };

/** The target of a path (what follows `spec/`), or an error that suggests a similar path. */
export function resolvePath(path: string): Parsed<SpecTarget> {
  const field = SPEC_PATHS.find(known => known === path);
  if (field !== undefined) return { ok: true, value: { kind: "field", path: field } };
  if (path.startsWith(FILES)) {
    const name = path.slice(FILES.length);
    const error = unitFileNameError(name);
    return error === undefined ? { ok: true, value: { kind: "file", name } } : rejected(error);
  }
  const [folder, id = "", name = "", ...rest] = path.split("/");
  if (folder !== "nodes" || rest.length > 0) return rejected(unknown(path, SPEC_PATHS));
  const setting = NODE_SETTINGS.find(known => known === name);
  if (!NODE_ID.test(id)) {
    return rejected({
      message: `${quoted(id)} is not the id of a node`,
      expected: "use the 12 hex digits that `swarmkeeper status -o wide` shows",
    });
  }
  return setting === undefined
    ? rejected(
        unknown(
          path,
          NODE_SETTINGS.map(known => `nodes/${id}/${known}`),
        ),
      )
    : { ok: true, value: { kind: "node", id, setting } };
}

/** Whether the text may contain a secret. Then nothing quotes it. */
export function isSecret(target: SpecTarget): boolean {
  return target.kind === "field" && (FIELDS[target.path] as Field<unknown>).secret === true;
}

/** Whether the value is a list. */
export function isList(target: SpecTarget): boolean {
  return target.kind === "field" && Array.isArray(FIELDS[target.path].default);
}

/** The schema of `units/files/NAME`. */
export const UNIT_FILE_SCHEMA = {
  type: "string",
  minLength: 1,
  maxLength: MAX_UNIT_FILE_BYTES,
  description: "The text of a unit file; it replaces the shipped unit of the same name",
} as const;

function unknown(path: string, known: readonly string[]): ValidationError {
  const meant = nearest(path, known);
  return {
    message: `no setting has this name: ${quoted(path)}`,
    expected:
      meant === undefined
        ? "delete the key; `swarmkeeper schema Cluster` lists all settings"
        : `did you mean ${meant}?`,
  };
}
