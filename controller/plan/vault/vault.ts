// Vault on the managers, in one round: which peers get new settings, and what the change waits for. A change of Vault
// is nothing but the order in which assignments are rewritten; decision 14 has the rules.
import type { PlanStep } from "../../../crd-like-specs/resources/cluster-status.ts";
import type { Role } from "../../../crd-like-specs/resources/role.ts";
import type { Waiting } from "../../../crd-like-specs/resources/shapes.ts";
import type { VaultAssignment, VaultOverview } from "../../../crd-like-specs/resources/vault.ts";
import type { ManagerLock } from "../../state/manager-lock.ts";
import type { Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";
import type { Finding } from "../conditions.ts";
import { step } from "../next.ts";
import { nextPeersFor, outdated } from "./next-peer.ts";
import { overviewOf, untilReminder } from "./overview.ts";

export interface VaultPlan {
  /** The settings with which a node must run Vault from now on, in this role; undefined for no Vault. */
  readonly settingsFor: (node: Node, role: Role) => VaultAssignment | undefined;
  readonly overview: VaultOverview | undefined;
  readonly steps: readonly PlanStep[];
  readonly waiting: readonly Waiting[];
  readonly findings: readonly Finding[];
  readonly requeueAfterMs: number | undefined;
}

/** The plan of one round. No assigned Vault changes while another holds the lock. Never throws. */
export function planVault(world: World, lock: ManagerLock | undefined): VaultPlan {
  const { target, peers } = world.vaults;
  const nextPeers = nextPeersFor(world, peers, target, lock);
  const moving = new Set(nextPeers.nodes.map(({ id }) => id));
  const mixed = peers.some(({ assigned }) => assigned.storage !== (target ?? assigned).storage);
  const overview = overviewOf(world.input, peers, target, nextPeers.waiting);
  return {
    settingsFor: ({ id, assignment }, role) => {
      if (role === "worker") return undefined;
      const present = assignment?.vault;
      // A first start disrupts nothing.
      if (present === undefined) return mixed ? undefined : target;
      return moving.has(id) ? target : present;
    },
    overview,
    steps: outdated(peers, target).map(({ name, state }) =>
      step(
        name,
        "agent",
        target ? "restart Vault with its new settings" : "stop Vault",
        state === "active" ? "the active one, last" : undefined,
      ),
    ),
    waiting: nextPeers.waiting,
    findings: nextPeers.findings,
    requeueAfterMs: untilReminder(world.input, overview),
  };
}
