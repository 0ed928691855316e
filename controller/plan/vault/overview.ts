// Vault in the report on the cluster. It stores what has been notified, so that each seal is notified once and then as
// often as the spec requires, also under another leader.
import type { Waiting } from "../../../crd-like-specs/resources/shapes.ts";
import {
  Closed,
  isServing,
  type VaultAssignment,
  type VaultOverview,
  type VaultPeer,
} from "../../../crd-like-specs/resources/vault.ts";
import type { PlanInput } from "../../state/input.ts";
import type { Peer } from "../../state/vaults.ts";

/** Undefined where no manager has a Vault in its assignment. */
export function overviewOf(
  input: PlanInput,
  peers: readonly Peer[],
  target: VaultAssignment | undefined,
  waiting: readonly Waiting[],
): VaultOverview | undefined {
  if (peers.length === 0) return undefined;
  const before = input.cluster?.vault;
  const active = peers.find(({ state }) => state === "active")?.name ?? before?.active;
  return {
    ...(target && { target: target.hash }),
    ...(active !== undefined && { active }),
    peers: peers.map(peer => peerOf(input, peer)),
    waiting: [...waiting],
  };
}

function peerOf(input: PlanInput, { node, name, assigned, report, state }: Peer): VaultPeer {
  const before = input.cluster?.vault?.peers.find(peer => peer.node === node.id);
  const now = new Date(input.now).toISOString();
  const notified = notifiedOf(input, state, before?.notified, now);
  return {
    node: node.id,
    name,
    state,
    since: report?.since ?? (before?.state === state ? before.since : now),
    ...(report?.version !== undefined && { version: report.version }),
    assigned: assigned.hash,
    ...(report?.settings !== undefined && { runs: report.settings }),
    ...(notified && { notified }),
  };
}

/** A Vault that is neither closed nor serving has not been unsealed since its last notification. */
function notifiedOf(
  input: PlanInput,
  state: VaultPeer["state"],
  notified: VaultPeer["notified"],
  now: string,
): VaultPeer["notified"] {
  if (isServing(state)) return undefined;
  const closed = Closed.safeParse(state).data;
  if (closed === undefined) return notified;
  const isNew = notified?.state !== closed;
  return isNew || input.now >= dueAt(input, notified.at) ? { state: closed, at: now } : notified;
}

/** When the next reminder is due, milliseconds since 1970; infinity for never. */
function dueAt({ spec }: PlanInput, at: string): number {
  const { reminderSeconds } = spec.vault;
  return reminderSeconds === 0 ? Number.POSITIVE_INFINITY : Date.parse(at) + reminderSeconds * 1000;
}

/** Until the next reminder, in milliseconds; undefined for none. */
export function untilReminder(input: PlanInput, overview: VaultOverview | undefined): number | undefined {
  const dues = (overview?.peers ?? [])
    .flatMap(({ state, notified }) => (notified?.state === state ? dueAt(input, notified.at) - input.now : []))
    .filter(Number.isFinite);
  return dues.length > 0 ? Math.max(0, Math.min(...dues)) : undefined;
}
