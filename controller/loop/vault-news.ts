// What there is to tell of Vault: the difference between the report that is published and the one about to be, so that
// what a person must do is told once, and then as often as the report says, whoever leads.
import type { News } from "../../crd-like-specs/event.ts";
import type { VaultOverview, VaultPeer } from "../../crd-like-specs/vault.ts";

export function vaultNews(before: VaultOverview | undefined, after: VaultOverview | undefined): News[] {
  const were = new Map(before?.peers.map(peer => [peer.node, peer]));
  const are = after?.peers ?? [];
  return [
    ...comings(before, are),
    ...are.flatMap(peer => changeNews(after, were.get(peer.node), peer)),
    ...are.flatMap(peer => closedNews(were.get(peer.node), peer)),
    ...activeNews(before, after),
  ];
}

const info = (text: string, node?: string): News => ({ about: "vault", level: "info", text, ...(node && { node }) });

function comings(before: VaultOverview | undefined, are: readonly VaultPeer[]): News[] {
  const were = before?.peers ?? [];
  const missing = (all: readonly VaultPeer[], others: readonly VaultPeer[]) =>
    all.filter(({ node }) => !others.some(other => other.node === node)).map(({ name }) => name);
  const come = missing(are, were);
  const gone = missing(were, are);
  return [
    ...(come.length > 0 ? [info(`Vault is started on ${come.join(", ")}`)] : []),
    ...(gone.length > 0 ? [info(`${gone.join(", ")} no longer ${gone.length > 1 ? "run" : "runs"} Vault`)] : []),
  ];
}

/** "(2 of 3)" counts those that are assigned what the spec asks for. */
function changeNews(after: VaultOverview | undefined, was: VaultPeer | undefined, peer: VaultPeer): News[] {
  if (was === undefined || was.assigned === peer.assigned) return [];
  const peers = after?.peers ?? [];
  const changed = peers.filter(({ assigned }) => assigned === after?.target).length;
  return [info(`Vault on ${peer.name} is restarted with new settings (${changed} of ${peers.length})`, peer.name)];
}

const REMEDY = { sealed: "swarmkeeper vault unseal", uninitialised: "swarmkeeper vault init" };

function closedNews(was: VaultPeer | undefined, { name, state, told }: VaultPeer): News[] {
  if (told === undefined)
    return was?.told === undefined ? [] : [info(`Vault on ${name} is unsealed, and ${state}`, name)];
  if (was?.told?.state === told.state && was.told.at === told.at) return [];
  const still = was?.told?.state === told.state ? "still " : "";
  const text = `Vault on ${name} is ${still}${told.state}: ${REMEDY[told.state]}`;
  return [{ about: "vault", level: "warning", text, node: name }];
}

function activeNews(before: VaultOverview | undefined, after: VaultOverview | undefined): News[] {
  if (after?.active === undefined || after.active === before?.active) return [];
  const was = before?.active === undefined ? "" : `, and was on ${before.active}`;
  return [info(`the active Vault is on ${after.active}${was}`, after.active)];
}
