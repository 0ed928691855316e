import { expect, it } from "vitest";
import { nodeId } from "../../crd-like-specs/resources/ids.ts";
import type { VaultOverview, VaultPeer } from "../../crd-like-specs/resources/vault.ts";
import { vaultEvents } from "./vault.ts";

const TIME = "2026-01-01T00:00:00.000Z";
const OLD = "a".repeat(64);
const NEW = "b".repeat(64);
const peer = (n: number, state: VaultPeer["state"], more: Partial<VaultPeer> = {}): VaultPeer => ({
  ...{ node: nodeId(`00000000000${n}`), name: `h${n}`, state, since: TIME, assigned: OLD },
  ...more,
});
const overview = (active: string | undefined, ...peers: VaultPeer[]): VaultOverview => ({
  ...{ target: NEW, peers, waiting: [] },
  ...(active !== undefined && { active }),
});
const notified = (...args: Parameters<typeof vaultEvents>) =>
  vaultEvents(...args).map(({ severity, text }) => `${severity}: ${text}`);
const sealed = { state: "sealed", at: TIME } as const;

it("a sealed Vault is recorded once, again with each reminder, and when it is unsealed", () => {
  const serving = overview("h1", peer(1, "active"));
  const closed = overview("h1", peer(1, "sealed", { notified: sealed }));
  const silent = overview("h1", peer(1, "unreachable", { notified: sealed }));
  const again = overview("h1", peer(1, "sealed", { notified: { ...sealed, at: "2026-01-01T04:00:00.000Z" } }));
  expect(notified(serving, closed)).toEqual(["warning: Vault on h1 is sealed: swarmkeeper vault unseal"]);
  expect(notified(closed, silent)).toEqual([]);
  expect(notified(silent, closed)).toEqual([]);
  expect(notified(closed, again)).toEqual(["warning: Vault on h1 is still sealed: swarmkeeper vault unseal"]);
  expect(notified(again, serving)).toEqual(["info: Vault on h1 is unsealed and active"]);
});

it("the start, the end and a missing initialisation of Vault are recorded", () => {
  const fresh = { state: "uninitialised", at: TIME } as const;
  const begun = overview(undefined, peer(1, "uninitialised", { notified: fresh }), peer(2, "starting"));
  expect(notified(undefined, begun)).toEqual([
    "info: Vault starts on h1, h2",
    "warning: Vault on h1 is uninitialised: swarmkeeper vault init",
  ]);
  expect(notified(begun, undefined)).toEqual(["info: h1, h2 no longer run Vault"]);
});

it("a change of Vault settings records each restart, and the move of the active Vault", () => {
  const before = overview("h1", peer(1, "active"), peer(2, "standby"));
  const after = overview("h2", peer(1, "active"), peer(2, "active", { assigned: NEW }));
  expect(notified(before, after)).toEqual([
    "info: Vault on h2 restarts with new settings (1 of 2)",
    "info: the active Vault is on h2 instead of h1",
  ]);
});
