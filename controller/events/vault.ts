// What there is to tell of Vault: the difference between the report that is published and the one about to be, so that
// what a person must do is told once, and then as often as the report says, whoever leads.
import type { NewEvent } from "../../crd-like-specs/resources/event.ts";
import type { VaultOverview, VaultPeer } from "../../crd-like-specs/resources/vault.ts";

export function vaultEvents(before: VaultOverview | undefined, after: VaultOverview | undefined): NewEvent[] {
  const were = new Map(before?.peers.map(peer => [peer.node, peer]));
  const are = after?.peers ?? [];
  return [
    ...comings(before, are),
    ...are.flatMap(peer => changeEvents(after, were.get(peer.node), peer)),
    ...are.flatMap(peer => closedEvents(were.get(peer.node), peer)),
    ...activeEvents(before, after),
  ];
}

const info = (reason: string, subject: string, text: string, node?: string): NewEvent => ({
  ...{ topic: "vault", severity: "info", reason, subject, text, ...(node && { node }) },
});

function comings(before: VaultOverview | undefined, are: readonly VaultPeer[]): NewEvent[] {
  const were = before?.peers ?? [];
  const unreachable = (all: readonly VaultPeer[], others: readonly VaultPeer[]) =>
    all.filter(({ node }) => !others.some(other => other.node === node));
  const names = (peers: readonly VaultPeer[]) => peers.map(({ name }) => name).join(", ");
  const ids = (peers: readonly VaultPeer[]) => peers.map(({ node }) => node).join("+");
  const come = unreachable(are, were);
  const gone = unreachable(were, are);
  return [
    ...(come.length > 0 ? [info("VaultStarted", ids(come), `Vault is started on ${names(come)}`)] : []),
    ...(gone.length > 0
      ? [info("VaultStopped", ids(gone), `${names(gone)} no longer ${gone.length > 1 ? "run" : "runs"} Vault`)]
      : []),
  ];
}

/** "(2 of 3)" counts those that are assigned what the spec asks for. */
function changeEvents(after: VaultOverview | undefined, was: VaultPeer | undefined, peer: VaultPeer): NewEvent[] {
  if (was === undefined || was.assigned === peer.assigned) return [];
  const peers = after?.peers ?? [];
  const changed = peers.filter(({ assigned }) => assigned === after?.target).length;
  const text = `Vault on ${peer.name} is restarted with new settings (${changed} of ${peers.length})`;
  return [info("VaultRestarted", `${peer.node}/${peer.assigned}`, text, peer.name)];
}

const REMEDY = { sealed: "swarmkeeper vault unseal", uninitialised: "swarmkeeper vault init" };

function closedEvents(was: VaultPeer | undefined, { node, name, state, notified }: VaultPeer): NewEvent[] {
  if (notified === undefined)
    return was?.notified === undefined
      ? []
      : [info("VaultUnsealed", `${node}/${state}`, `Vault on ${name} is unsealed, and ${state}`, name)];
  if (was?.notified?.state === notified.state && was.notified.at === notified.at) return [];
  const again = was?.notified?.state === notified.state;
  const text = `Vault on ${name} is ${again ? "still " : ""}${notified.state}: ${REMEDY[notified.state]}`;
  const reason = { sealed: "VaultSealed", uninitialised: "VaultUninitialised" }[notified.state];
  const subject = again ? `${node}/reminder` : node;
  return [{ topic: "vault", severity: "warning", reason, subject, text, node: name }];
}

function activeEvents(before: VaultOverview | undefined, after: VaultOverview | undefined): NewEvent[] {
  if (after?.active === undefined || after.active === before?.active) return [];
  const was = before?.active === undefined ? "" : `, and was on ${before.active}`;
  const subject = `${before?.active ?? ""}/${after.active}`;
  return [info("VaultActiveChanged", subject, `the active Vault is on ${after.active}${was}`, after.active)];
}
