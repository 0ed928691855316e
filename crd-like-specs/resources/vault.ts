// The parts of other resources that are about Vault. None contains a key, a share of a key or a token.
import { z } from "zod";
import { node, textHash, time, Waiting } from "./shapes.ts";
import { UnitProblem } from "./unit-problem.ts";

/** In an assignment: the settings with which this node runs Vault. The leader changes one node after the other. */
export const VaultAssignment = z.object({
  /** The settings hash: of all other fields. The status of the node names the settings that it runs by this hash. */
  hash: textHash,
  image: z.string(),
  /** The port of the API. The next port is for other servers of Vault. */
  port: z.int(),
  storage: z.enum(["etcd", "raft"]),
  /** HCL that is appended to what the agent writes. */
  config: z.string().optional(),
  /** The text of its unit, if the spec carries one. */
  unit: textHash.optional(),
});
export type VaultAssignment = z.infer<typeof VaultAssignment>;

/**
 * `starting`: it does not answer and the unit has not started yet. `unreachable`: the unit runs and does not answer.
 */
const state = z.enum(["starting", "unreachable", "uninitialised", "sealed", "standby", "active"]);

/** Whether it is unsealed: the active server, or a standby that can become active. */
export const isServing = (state: string | undefined): state is VaultService["role"] =>
  state === "standby" || state === "active";

/** The URL of the Vault on a node. */
export const vaultUrl = (address: string, port: number): string => `http://${address}:${port}`;

/** In the status of a node: the state of its Vault. Absent if it runs none. */
export const VaultReport = z.object({
  state,
  since: time,
  /** Where others reach it, such as `http://10.0.0.1:8200`. */
  url: z.string(),
  /** As the server reports it; absent while it does not answer. */
  version: z.string().optional(),
  /** The hash of the settings with which it was last started; absent before the first start. */
  settings: textHash.optional(),
  /** Why its unit is unhealthy. */
  problem: UnitProblem.optional(),
  /** The boot of the host in which this was observed; absent from an agent of before. */
  bootId: z.string().optional(),
});
export type VaultReport = z.infer<typeof VaultReport>;

/** A state in which Vault serves no requests until an operator acts. */
export const Closed = z.enum(["uninitialised", "sealed"]);
export type Closed = z.infer<typeof Closed>;

export const VaultPeer = z.object({
  node,
  name: z.string(),
  /** `unknown`: the node is not registered, or its status does not mention Vault. */
  state: z.enum([...state.options, "unknown"]),
  since: time,
  version: z.string().optional(),
  /** The hash of the settings in the assignment, and of those in the status of the node. */
  assigned: textHash,
  runs: textHash.optional(),
  /** The last reminder: for which state, and when. Absent after Vault has been unsealed. */
  notified: z.object({ state: Closed, at: time }).optional(),
});
export type VaultPeer = z.infer<typeof VaultPeer>;

/** In the status of the cluster, if a manager runs Vault or is assigned it. */
export const VaultOverview = z.object({
  /** The hash of the settings in the spec; absent while the spec does not enable Vault. */
  target: textHash.optional(),
  /** Name of the node whose Vault was active when it was last observed. */
  active: z.string().optional(),
  peers: z.array(VaultPeer),
  /** Which nodes a change of Vault waits for, and why. */
  waiting: z.array(Waiting),
});
export type VaultOverview = z.infer<typeof VaultOverview>;

/** `services/vault/ADDRESS:PORT`, written by the agent under a lease: an unsealed Vault. */
export const VaultService = z.object({
  url: z.string(),
  version: z.string(),
  role: z.enum(["active", "standby"]),
  node,
});
export type VaultService = z.infer<typeof VaultService>;
