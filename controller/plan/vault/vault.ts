// Vault on the managers, in one round: who gets which settings now, and what is waited for. The order in which assignments
// are rewritten is all there is to a change of Vault; decision 14 says by which rules.
import type { PlanStep, Role, Waiting } from "../../../crd-like-specs/resources.ts";
import { isServing, type VaultAssignment, type VaultOverview } from "../../../crd-like-specs/vault.ts";
import type { Host } from "../../state/hosts.ts";
import type { World } from "../../state/world.ts";
import type { Finding } from "../conditions.ts";
import { step } from "../next.ts";
import { overviewOf, untilReminder } from "./overview.ts";
import { hasTaken, type Vaults } from "./peers.ts";
import { nextTurn, outdated } from "./turn.ts";

export interface VaultPlan {
  /** With which settings a host shall run Vault from now on, in this role; undefined for not at all. */
  readonly settingsFor: (host: Host, role: Role) => VaultAssignment | undefined;
  readonly overview: VaultOverview | undefined;
  readonly steps: readonly PlanStep[];
  readonly waiting: readonly Waiting[];
  readonly findings: readonly Finding[];
  readonly lookAgainMs: number | undefined;
}

/** `gate`: why no manager is changed in this way now, because one is in another. */
export function planVault(world: World, { target, peers }: Vaults, gate: string | undefined): VaultPlan {
  const turn = nextTurn(world, peers, target, gate);
  const moving = new Set(turn.hosts.map(({ id }) => id));
  const mixed = peers.some(({ assigned }) => assigned.storage !== (target ?? assigned).storage);
  const overview = overviewOf(world.input, peers, target, turn.waiting);
  return {
    settingsFor: ({ id, assignment }, role) => {
      if (role === "worker") return undefined;
      const present = assignment?.vault;
      // Where none runs yet nobody is disturbed by its start.
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
    waiting: turn.waiting,
    findings: turn.findings,
    lookAgainMs: untilReminder(world.input, overview),
  };
}

/** Why no other change among managers is begun: a Vault is being changed. Of hosts that are not there nothing is waited for. */
export function heldByVault({ target, peers: all }: Vaults): string | undefined {
  const peers = all.filter(({ host }) => host.registration);
  const restarting = peers.find(peer => !hasTaken(peer));
  if (restarting) return `Vault on ${restarting.name} is being started`;
  if (!target) return peers.length > 0 ? "Vault is being taken down" : undefined;
  const isChanged = ({ assigned }: { assigned: VaultAssignment }) => assigned.hash === target.hash;
  const next = peers.find(peer => !isChanged(peer));
  if (next === undefined || !peers.some(isChanged)) return undefined;
  const awaited = peers.find(peer => isChanged(peer) && !isServing(peer.state));
  return awaited ? `the change of Vault waits for ${awaited.name}` : `Vault is changed, on ${next.name} next`;
}
