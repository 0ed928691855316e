// One lock for everything that changes managers: units, membership and Vault. While one of them changes a manager, no
// other may begin. The lock is not stored: it follows from the records in etcd, so the next leader derives the same.
import type { Operation } from "../../crd-like-specs/resources/membership.ts";
import type { Rollout } from "../../crd-like-specs/resources/rollout.ts";
import { isServing } from "../../crd-like-specs/resources/vault.ts";
import type { PlanInput } from "./input.ts";
import type { Vaults } from "./vaults.ts";

export interface ManagerLock {
  readonly holder: "vault" | "rollout" | "membership";
  /** Human-readable: which manager is changed, and how. */
  readonly reason: string;
}

/** The lock as a round begins. The rollout takes it with the record that it writes during the round. */
export const standingLock = ({ operation }: PlanInput, vaults: Vaults): ManagerLock | undefined =>
  vaultLock(vaults) ?? membershipLock(operation);

/** The lock of the operation in progress, or of the one that the round begins. */
export const membershipLock = (operation: Operation | undefined): ManagerLock | undefined =>
  operation && { holder: "membership", reason: `${operation.name} is changed: ${operation.step.text}` };

/** The lock of the rollout, while its record names a manager that is draining or in flight. */
export function rolloutLock({ assignments }: PlanInput, { draining, inFlight }: Rollout): ManagerLock | undefined {
  const manager = [...draining, ...inFlight].find(({ node }) => assignments.get(node)?.role === "manager");
  return manager && { holder: "rollout", reason: `the units of ${manager.name} are being changed` };
}

/** The lock of Vault, while one is being changed. It does not wait for a node that is not registered. */
function vaultLock({ target, peers: all }: Vaults): ManagerLock | undefined {
  const lock = (reason: string): ManagerLock => ({ holder: "vault", reason });
  const peers = all.filter(({ node }) => node.registration);
  const restarting = peers.find(({ hasApplied }) => !hasApplied);
  if (restarting) return lock(`Vault on ${restarting.name} is being started`);
  if (!target) return peers.length > 0 ? lock("Vault is being taken down") : undefined;
  const changed = peers.filter(({ assigned }) => assigned.hash === target.hash);
  const next = peers.find(({ assigned }) => assigned.hash !== target.hash);
  if (next === undefined || changed.length === 0) return undefined;
  const awaited = changed.find(({ state }) => !isServing(state));
  return lock(
    awaited ? `the change of Vault waits for ${awaited.name}` : `Vault is being changed, next on ${next.name}`,
  );
}
