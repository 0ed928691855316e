// The object behind `swarmkeeper vault status`: the state of each manager's Vault, and what a change of Vault waits for.
// Scripts depend on its shape: fields are added, never renamed.
import { z } from "zod";
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";
import { Waiting } from "../../crd-like-specs/resources/shapes.ts";
import { UnitProblem } from "../../crd-like-specs/resources/unit-problem.ts";
import { isServing, VaultPeer, vaultUrl } from "../../crd-like-specs/resources/vault.ts";
import { byName } from "../terminal/facts.ts";

const VaultServer = z.object({
  /** The id of its node. */
  id: z.string(),
  name: z.string(),
  /** The URL for other nodes; absent while it is unknown. */
  url: z.string().optional(),
  /** `unknown`: the node is not registered, or its agent has not reported a Vault yet. */
  state: VaultPeer.shape.state,
  version: z.string().optional(),
  /** Compared with the spec; absent before the leader and the agent have reported. */
  settings: z.enum(["current", "old"]).optional(),
  since: z.string().optional(),
  /** Why it does not start. */
  problem: UnitProblem.optional(),
});
export type VaultServer = z.infer<typeof VaultServer>;

export const VaultView = z.object({
  /** By name: the managers that run Vault or are assigned one. */
  servers: z.array(VaultServer),
  /** How many servers are unsealed. */
  serving: z.int(),
  /** Name of the node whose Vault is active. */
  active: z.string().optional(),
  /** What a change waits for, as the leader reports it. */
  waiting: z.array(Waiting),
  /** False if no controller leads: no change continues then. */
  hasLeader: z.boolean(),
});
export type VaultView = z.infer<typeof VaultView>;

/** Pure: the same keys give the same view. */
export function buildVault(clusterKeys: ClusterKeys): VaultView {
  const ids = [...new Set([...clusterKeys.assignments.keys(), ...clusterKeys.statuses.keys()])];
  const servers = ids.flatMap(id => serverOf(clusterKeys, id) ?? []).sort(byName);
  const active = servers.find(({ state }) => state === "active")?.name;
  return {
    servers,
    serving: servers.filter(({ state }) => isServing(state)).length,
    ...(active !== undefined && { active }),
    waiting: clusterKeys.cluster?.vault?.waiting ?? [],
    hasLeader: clusterKeys.leader !== undefined,
  };
}

function serverOf({ registrations, assignments, statuses, cluster }: ClusterKeys, id: NodeId): VaultServer | undefined {
  const registration = registrations.get(id);
  const status = statuses.get(id);
  const assigned = assignments.get(id)?.vault;
  const peer = cluster?.vault?.peers.find(({ node }) => node === id);
  // A node without a registration is shown only as long as it is in the leader's report.
  if (registration === undefined && peer === undefined) return undefined;
  const report = registration && status?.vault;
  if (assigned === undefined && report === undefined) return undefined;
  const target = cluster?.vault?.target;
  const url = report?.url ?? (registration && assigned && vaultUrl(registration.address, assigned.port));
  const since = report?.since ?? (peer?.state === "unknown" ? peer.since : undefined);
  return {
    id,
    name: registration?.name ?? status?.name ?? peer?.name ?? id,
    ...(url !== undefined && { url }),
    state: report?.state ?? "unknown",
    ...(report?.version !== undefined && { version: report.version }),
    ...(report?.settings !== undefined && target && { settings: report.settings === target ? "current" : "old" }),
    ...(since !== undefined && { since }),
    ...(report?.problem !== undefined && { problem: report.problem }),
  };
}
