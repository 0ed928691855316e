// One lock on all that changes managers: units, membership and Vault. Who is changing a manager holds it, and no other
// begins. It is nowhere written down: the records in etcd show who holds it, so that the next leader sees the same.
import type { Operation } from "../../crd-like-specs/resources/membership.ts";
import type { Rollout } from "../../crd-like-specs/resources/rollout.ts";
import { isServing } from "../../crd-like-specs/resources/vault.ts";
import type { PlanInput } from "./input.ts";
import type { Vaults } from "./vaults.ts";

export interface ManagerLock {
  readonly holder: "vault" | "rollout" | "membership";
  /** In words: which manager is changed, and how. */
  readonly reason: string;
}

/** Who holds it as a round begins. The rollout takes it by the record that it writes in the round. */
export const standingLock = ({ operation }: PlanInput, vaults: Vaults): ManagerLock | undefined =>
  vaultLock(vaults) ?? membershipLock(operation);

/** Held by the operation in flight, or by the one that a round begins. */
export const membershipLock = (operation: Operation | undefined): ManagerLock | undefined =>
  operation && { holder: "membership", reason: `${operation.name} is changed: ${operation.step.text}` };

/** Held while the record names a manager that is drained or changed. */
export function rolloutLock({ assignments }: PlanInput, { draining, inFlight }: Rollout): ManagerLock | undefined {
  const busy = [...draining, ...inFlight].find(({ node }) => assignments.get(node)?.role === "manager");
  return busy && { holder: "rollout", reason: `the units of ${busy.name} are being changed` };
}

/** Held while a Vault is being changed. A host that is away is not waited for. */
function vaultLock({ target, peers: all }: Vaults): ManagerLock | undefined {
  const held = (reason: string): ManagerLock => ({ holder: "vault", reason });
  const peers = all.filter(({ node }) => node.registration);
  const restarting = peers.find(({ hasApplied }) => !hasApplied);
  if (restarting) return held(`Vault on ${restarting.name} is being started`);
  if (!target) return peers.length > 0 ? held("Vault is being taken down") : undefined;
  const changed = peers.filter(({ assigned }) => assigned.hash === target.hash);
  const next = peers.find(({ assigned }) => assigned.hash !== target.hash);
  if (next === undefined || changed.length === 0) return undefined;
  const awaited = changed.find(({ state }) => !isServing(state));
  return held(awaited ? `the change of Vault waits for ${awaited.name}` : `Vault is changed, on ${next.name} next`);
}
