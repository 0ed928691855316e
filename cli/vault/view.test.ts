import { describe, expect, it } from "vitest";
import type { VaultAssignment, VaultReport } from "../../crd-like-specs/resources/vault.ts";
import {
  address,
  ago,
  CLUSTER,
  collected,
  healthy,
  id,
  type Keys,
  keys,
  NOW,
  nodeStatus,
  without,
} from "../../test/fixtures/cli/cluster.ts";
import { shown } from "../../test/fixtures/cli/status-lines.ts";
import { plain } from "../terminal/paint.ts";
import { vaultText } from "./text.ts";
import { buildVault, VaultView } from "./view.ts";

const OLD = "a".repeat(64);
const NEW = "b".repeat(64);
const settings = (hash: string): VaultAssignment => ({ hash, image: "vault:1", port: 8200, storage: "etcd" });

/** The fixture cluster with a Vault on each manager; the spec asks for the new settings. */
function vaults(reports: Readonly<Record<number, Partial<VaultReport> | undefined>>, waiting: object[] = []): Keys {
  const all = healthy();
  for (const n of [1, 2, 3]) {
    const report = { url: `http://${address(n)}:8200`, since: ago(300), ...reports[n] };
    const assigned = report.settings ?? OLD;
    all[keys.assignments.of(id(n))] = { ...(all[keys.assignments.of(id(n))] as object), vault: settings(assigned) };
    const vault = reports[n] && { ...{ settings: OLD, state: "standby", version: "1.13.1" }, ...report };
    all[keys.nodeStatus.of(id(n))] = { ...nodeStatus(n, "manager"), ...(vault && { vault }) };
  }
  const peers = [1, 2, 3].map(n => ({ node: id(n), name: `h${n}`, state: "standby", since: ago(60), assigned: OLD }));
  return { ...all, [keys.clusterStatus]: { ...CLUSTER, vault: { target: NEW, peers, waiting } } };
}

const text = (all: Keys) => {
  const view = VaultView.strict().parse(buildVault(collected(all)));
  return `\n${vaultText(view, NOW, plain).join("\n")}\n`;
};

const CHANGING = {
  1: { state: "active" },
  2: { state: "sealed", settings: NEW, version: "1.14.0", since: ago(41) },
  3: {},
} as const;

describe("swarmkeeper vault status", () => {
  it("shows each Vault, how many serve, and what a change waits for", () => {
    const why = "the next Vault changes when all others serve";
    expect(
      text(vaults(CHANGING, [{ what: "unseal of h2", reason: "Sealed", why, since: ago(41) }])),
    ).toMatchInlineSnapshot(`
      "
      Vault     2 of 3 serve · active on h1 · h2 sealed · 2 with old settings
      Waiting   unseal of h2: the next Vault changes when all others serve · 41 s
      Next      on each that is sealed: swarmkeeper vault unseal

      NODE  URL                     STATE    VERSION  SETTINGS  FOR
      h1    http://10.89.0.11:8200  active   1.13.1   old       5m
      h2    http://10.89.0.12:8200  sealed   1.14.0   current   41s
      h3    http://10.89.0.13:8200  standby  1.13.1   old       5m
      "
    `);
  });

  it("shows how to initialise a new Vault", () => {
    const fresh = { state: "uninitialised", settings: NEW } as const;
    expect(text(vaults({ 1: fresh, 2: fresh, 3: fresh }))).toMatchInlineSnapshot(`
      "
      Vault     0 of 3 serve · none is active · h1, h2, h3 uninitialised
      Next      on one of them, once for all managers: swarmkeeper vault init

      NODE  URL                     STATE          VERSION  SETTINGS  FOR
      h1    http://10.89.0.11:8200  uninitialised  1.13.1   current   5m
      h2    http://10.89.0.12:8200  uninitialised  1.13.1   current   5m
      h3    http://10.89.0.13:8200  uninitialised  1.13.1   current   5m
      "
    `);
  });

  it("does not show a server as sealed that is unknown, unreachable or not started", () => {
    const message = "vault.service keeps ending; why: journalctl -u vault.service -n 20";
    const problem = { reason: "CrashLoop", transient: false, message } as const;
    const all = vaults({ 1: { state: "unreachable" }, 2: { state: "starting", problem }, 3: {} });
    expect(text(without(all, keys.nodes.of(id(3)), keys.leader))).toMatchInlineSnapshot(`
      "
      Vault     0 of 3 serve · none is active · h1 unreachable · h2 starting · h3 unknown · 2 with old settings
      Problem   h2: vault.service keeps ending; why: journalctl -u vault.service -n 20
      Waiting   no controller leads: no change continues until one does

      NODE  URL                     STATE        VERSION  SETTINGS  FOR
      h1    http://10.89.0.11:8200  unreachable  1.13.1   old       5m
      h2    http://10.89.0.12:8200  starting     1.13.1   old       5m
      h3    -                       unknown      -        -         -
      "
    `);
  });

  it("shows that no manager runs Vault", () => {
    expect(text(healthy())).toBe("\nNo manager runs Vault. All managers do while spec/vault/enabled is true.\n");
  });
});

it("swarmkeeper status has a line for Vault if a manager runs it", () => {
  expect(shown(vaults(CHANGING)).split("\n")).toContain(
    "Vault     2 of 3 serve · active on h1 · h2 sealed · 2 with old settings",
  );
});
