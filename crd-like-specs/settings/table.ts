// Every path under `spec/` that means something, with how it is read and what it defaults to. This table is the whole
// language of operators: the schema, the `Cluster` document and the documentation are made from it.

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

/** Paths that exist once. */
export const FIELDS = {
  managers,
  paused: boolean("Whether the controller only watches and reports, and changes nothing", false),
  "units/manager": managerUnits,
  "units/worker": workerUnits,
  "rollout/max-unavailable": maxUnavailable,
  "rollout/min-healthy-seconds": integer("How long a changed host must be healthy before the next is changed", {
    default: 10,
    min: 0,
    max: 3600,
    unit: "seconds",
  }),
  "rollout/healthy-deadline-seconds": integer(
    "Within what time a changed host must become healthy; the time of min-healthy-seconds comes on top",
    { default: 300, min: 1, max: 86_400, unit: "seconds" },
  ),
  "rollout/canary": integer("How many hosts are changed and proven before all others", {
    default: 1,
    min: 0,
    max: 100,
  }),
  "rollout/on-failure": enumOf("What a failed rollout does", ["pause", "revert"], "pause"),
  "rollout/paused": boolean("Whether no further host is changed; those that were are still watched", false),
  "rollout/window": windows,
  "rollout/retry": nonce("Another value lets a rollout that has halted go on", "never"),
  "remediation/enabled": boolean("Whether a worker takes the place of a manager that stays away", true),
  "remediation/grace-seconds": integer("How long a manager may be away before it is replaced", {
    default: 60,
    min: 15,
    max: 86_400,
    unit: "seconds",
  }),
  "remediation/attempts": integer("How many candidates may fail to come up before no other is tried", {
    default: 3,
    min: 1,
    max: 100,
  }),
  "remediation/candidate-seconds": integer("Within what time a host that is made a manager must have come up as one", {
    default: 300,
    min: 30,
    max: 86_400,
    unit: "seconds",
  }),
  "remediation/cool-down-seconds": integer(
    "How long a candidate that failed is left alone, and after how long it is tried again where too many have failed",
    { default: 600, min: 15, max: 86_400, unit: "seconds" },
  ),
  "remediation/reset": nonce("Another value forgets all failed attempts: the operator's word to try again", "never"),
  "vault/enabled": boolean("Whether the managers run Vault", false),
  "vault/image": image("The container image of Vault", "hashicorp/vault:1.13"),
  "vault/storage": enumOf("Where Vault keeps its data", ["etcd", "raft"], "etcd"),
  "vault/port": integer("The TCP port of Vault's API; its cluster port is the next one", {
    default: 8200,
    min: 1,
    max: 65_534,
  }),
  "vault/config": vaultConfig,
  "vault/reminder-seconds": integer("How often a Vault that stays sealed or uninitialised is told again; 0 for never", {
    default: 14_400,
    min: 0,
    max: 604_800,
    unit: "seconds",
  }),
  "slack/level": enumOf("From which severity on Slack is told", ["info", "warning", "alarm", "off"], "info"),
} as const satisfies Record<string, Field<unknown>>;

/** Paths under `nodes/ID/`, once for each node that somebody has said something about. */
export const NODE_FIELDS = {
  eligible: boolean("Whether this host may become a manager", true),
  paused: boolean("Whether this host is left as it is", false),
  drain: boolean("Whether swarm moves its tasks away from this host", false),
} as const satisfies Record<string, Field<boolean>>;

/**
 * The file that acts on each setting; where several do, the one that decides by it. A setting without a reader would be
 * accepted and do nothing, so it does not compile; settings.test.ts proves that the named file reads it.
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

/** Finds the place that a path (what follows `spec/`) addresses, or says what was probably meant. */
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

/** Whether the text at this place may hold a secret: then nothing quotes it. */
export function isSecret(target: SpecTarget): boolean {
  return target.kind === "field" && (FIELDS[target.path] as Field<unknown>).secret === true;
}

/** Whether the value at this path is a list, in a document a sequence. */
export function isListPath(path: string): boolean {
  const target = resolvePath(path);
  return target.ok && target.value.kind === "field" && Array.isArray(FIELDS[target.value.path].default);
}

/** The bounds of what `units/files/NAME` may hold, for the schema. */
export const UNIT_FILE_SCHEMA = {
  type: "string",
  minLength: 1,
  maxLength: MAX_UNIT_FILE_BYTES,
  description: "The text of a unit file; it wins over the one of that name in the release",
} as const;

function unknown(path: string, known: readonly string[]): ValidationError {
  const meant = nearest(path, known);
  return {
    message: `no setting has this name: ${quoted(path)}`,
    expected:
      meant === undefined
        ? "delete the key; `swarmkeeper schema Cluster` lists what there is"
        : `did you mean ${meant}?`,
  };
}
