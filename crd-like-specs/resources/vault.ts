// What is said of Vault in the resources of hosts and cluster. Never a key, a share of one, or a token.
import { z } from "zod";
import { node, textHash, time, Waiting } from "./shapes.ts";
import { UnitProblem } from "./unit-problem.ts";

/** In an assignment: the settings with which this host runs Vault, changed by the leader when it is this host's turn. */
export const VaultAssignment = z.object({
  /** Of all the rest: by it the host says which settings it runs. */
  hash: textHash,
  image: z.string(),
  /** Of the API; the next one is for other servers. */
  port: z.int(),
  storage: z.enum(["etcd", "raft"]),
  /** HCL that is added to what the agent writes. */
  config: z.string().optional(),
  /** The text of its unit, where the spec carries one. */
  unit: textHash.optional(),
});
export type VaultAssignment = z.infer<typeof VaultAssignment>;

/** `starting`: nothing answers, and systemd says that it has not come up. `unreachable`: it runs, and nothing answers. */
const state = z.enum(["starting", "unreachable", "uninitialised", "sealed", "standby", "active"]);

/** Unsealed: it serves, or could. */
export const isServing = (state: string | undefined): state is VaultService["role"] =>
  state === "standby" || state === "active";

/** Where others reach the Vault of a host. */
export const vaultUrl = (address: string, port: number): string => `http://${address}:${port}`;

/** In a host's status: how its Vault is. Absent where it runs none. */
export const VaultReport = z.object({
  state,
  since: time,
  /** `http://10.0.0.1:8200`: where others reach it. */
  url: z.string(),
  /** As the server prints it; absent while nothing answers. */
  version: z.string().optional(),
  /** The hash of the settings that it was last started with; absent before. */
  settings: textHash.optional(),
  /** Why it does not come up. */
  problem: UnitProblem.optional(),
});
export type VaultReport = z.infer<typeof VaultReport>;

/** A state in which Vault serves nobody until a person does something. */
export const Closed = z.enum(["uninitialised", "sealed"]);
export type Closed = z.infer<typeof Closed>;

export const VaultPeer = z.object({
  node,
  name: z.string(),
  /** `unknown`: the host is not there, or has said nothing about it. */
  state: z.enum([...state.options, "unknown"]),
  since: time,
  version: z.string().optional(),
  /** The hashes of the settings that its host is assigned, and of those that it says it runs. */
  assigned: textHash,
  runs: textHash.optional(),
  /** Which of the two was told last, and when; until it has been unsealed since. */
  notified: z.object({ state: Closed, at: time }).optional(),
});
export type VaultPeer = z.infer<typeof VaultPeer>;

/** In the report on the cluster, where some manager runs Vault or is to. */
export const VaultOverview = z.object({
  /** The hash of the settings that the spec asks for; absent while it asks for no Vault. */
  target: textHash.optional(),
  /** Name of the host whose Vault was last seen to be the active one. */
  active: z.string().optional(),
  peers: z.array(VaultPeer),
  /** For whom a change of Vault waits, and why. */
  waiting: z.array(Waiting),
});
export type VaultOverview = z.infer<typeof VaultOverview>;

/** `services/vault/ADDRESS:PORT`, by the agent under a lease: an unsealed Vault. */
export const VaultService = z.object({
  url: z.string(),
  version: z.string(),
  role: z.enum(["active", "standby"]),
  node,
});
export type VaultService = z.infer<typeof VaultService>;
