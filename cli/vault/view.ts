// The one object behind `swarmkeeper vault status`: how the Vault of each manager is, and for whom a change of it waits.
// Fields are added, never renamed.
import { z } from "zod";
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";
import { Waiting } from "../../crd-like-specs/resources/shapes.ts";
import { UnitProblem } from "../../crd-like-specs/resources/unit-problem.ts";
import { isServing, VaultPeer, vaultUrl } from "../../crd-like-specs/resources/vault.ts";
import { byName } from "../terminal/facts.ts";

const VaultServer = z.object({
  /** Of its host. */
  id: z.string(),
  name: z.string(),
  /** Where others reach it; absent while nothing tells. */
  url: z.string().optional(),
  /** `unknown`: the host is not there, or has said nothing about it yet. */
  state: VaultPeer.shape.state,
  version: z.string().optional(),
  /** Against what the spec asks for; absent while nobody has compared. */
  settings: z.enum(["current", "old"]).optional(),
  since: z.string().optional(),
  /** Why it does not come up. */
  problem: UnitProblem.optional(),
});
export type VaultServer = z.infer<typeof VaultServer>;

export const VaultView = z.object({
  /** By name; those that run one, or are to. */
  servers: z.array(VaultServer),
  /** How many of them are unsealed. */
  serving: z.int(),
  /** Name of the host whose Vault is the active one. */
  active: z.string().optional(),
  /** For whom a change waits, as the leader reports it. */
  waiting: z.array(Waiting),
  /** False when no controller leads: then no change goes on. */
  hasLeader: z.boolean(),
});
export type VaultView = z.infer<typeof VaultView>;

/** Pure: the same keys give the same view. */
export function buildVault(known: ClusterKeys): VaultView {
  const ids = [...new Set([...known.assignments.keys(), ...known.statuses.keys()])];
  const servers = ids.flatMap(id => serverOf(known, id) ?? []).sort(byName);
  const active = servers.find(({ state }) => state === "active")?.name;
  return {
    servers,
    serving: servers.filter(({ state }) => isServing(state)).length,
    ...(active !== undefined && { active }),
    waiting: known.cluster?.vault?.waiting ?? [],
    hasLeader: known.leader !== undefined,
  };
}

function serverOf({ registrations, assignments, statuses, cluster }: ClusterKeys, id: NodeId): VaultServer | undefined {
  const registration = registrations.get(id);
  const status = statuses.get(id);
  const assigned = assignments.get(id)?.vault;
  const peer = cluster?.vault?.peers.find(({ node }) => node === id);
  // A host that is gone is asked for only as long as the leader asks for it.
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
