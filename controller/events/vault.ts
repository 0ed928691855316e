// Events of Vault: the difference between the published status and the one that is about to be published. What an
// operator must do is therefore recorded once, and again with each reminder, under every leader.
import { eventOf, type NewEvent } from "../../crd-like-specs/resources/event.ts";
import type { VaultOverview, VaultPeer } from "../../crd-like-specs/resources/vault.ts";

/** Vaults that are started, stopped, restarted, sealed or unsealed, and a change of the active one. */
export function vaultEvents(before: VaultOverview | undefined, after: VaultOverview | undefined): NewEvent[] {
  const previous = new Map(before?.peers.map(peer => [peer.node, peer]));
  const peers = after?.peers ?? [];
  return [
    ...startAndStopEvents(before, peers),
    ...peers.flatMap(peer => changeEvents(after, previous.get(peer.node), peer)),
    ...peers.flatMap(peer => sealEvents(previous.get(peer.node), peer)),
    ...activeEvents(before, after),
  ];
}

const info = (reason: string, subject: string, text: string, node?: string): NewEvent =>
  eventOf("vault", "info", reason, subject, text, node);

function startAndStopEvents(before: VaultOverview | undefined, peers: readonly VaultPeer[]): NewEvent[] {
  const previous = before?.peers ?? [];
  const without = (all: readonly VaultPeer[], others: readonly VaultPeer[]) =>
    all.filter(({ node }) => !others.some(other => other.node === node));
  const names = (list: readonly VaultPeer[]) => list.map(({ name }) => name).join(", ");
  const ids = (list: readonly VaultPeer[]) => list.map(({ node }) => node).join("+");
  const started = without(peers, previous);
  const stopped = without(previous, peers);
  return [
    ...(started.length > 0 ? [info("VaultStarted", ids(started), `Vault starts on ${names(started)}`)] : []),
    ...(stopped.length > 0
      ? [info("VaultStopped", ids(stopped), `${names(stopped)} no longer ${stopped.length > 1 ? "run" : "runs"} Vault`)]
      : []),
  ];
}

/** In "(2 of 3)", 2 peers have the settings of the spec in their assignment. */
function changeEvents(after: VaultOverview | undefined, was: VaultPeer | undefined, peer: VaultPeer): NewEvent[] {
  if (was === undefined || was.assigned === peer.assigned) return [];
  const peers = after?.peers ?? [];
  const changed = peers.filter(({ assigned }) => assigned === after?.target).length;
  const text = `Vault on ${peer.name} restarts with new settings (${changed} of ${peers.length})`;
  return [info("VaultRestarted", `${peer.node}/${peer.assigned}`, text, peer.name)];
}

const REMEDY = { sealed: "swarmkeeper vault unseal", uninitialised: "swarmkeeper vault init" };

function sealEvents(was: VaultPeer | undefined, { node, name, state, notified }: VaultPeer): NewEvent[] {
  if (notified === undefined)
    return was?.notified === undefined
      ? []
      : [info("VaultUnsealed", `${node}/${state}`, `Vault on ${name} is unsealed and ${state}`, name)];
  if (was?.notified?.state === notified.state && was.notified.at === notified.at) return [];
  const again = was?.notified?.state === notified.state;
  const text = `Vault on ${name} is ${again ? "still " : ""}${notified.state}: ${REMEDY[notified.state]}`;
  const reason = { sealed: "VaultSealed", uninitialised: "VaultUninitialised" }[notified.state];
  const subject = again ? `${node}/reminder` : node;
  return [eventOf("vault", "warning", reason, subject, text, name)];
}

function activeEvents(before: VaultOverview | undefined, after: VaultOverview | undefined): NewEvent[] {
  if (after?.active === undefined || after.active === before?.active) return [];
  const was = before?.active === undefined ? "" : ` instead of ${before.active}`;
  const subject = `${before?.active ?? ""}/${after.active}`;
  return [info("VaultActiveChanged", subject, `the active Vault is on ${after.active}${was}`, after.active)];
}
