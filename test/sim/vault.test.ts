// Vault over real agents and controllers in memory: enabled, changed with a person who unseals, while servers seal, die
// and fall silent, and taken down; and walks in which all of that happens at random.
import { afterEach, describe, expect, it } from "vitest";
import { chance } from "./random.ts";
import { expectIdle } from "./scenes.ts";
import { IMAGES, urlOf, VaultCluster } from "./vault-cluster.ts";

let cluster: VaultCluster;
afterEach(() => cluster.end());

const changed = () => cluster.withImage(IMAGES.new);
const active = () => cluster.inState("active")[0] ?? "none";

/** Until the change waits for somebody to unseal this many servers' last; returns whose. */
async function untilChanged(count: number): Promise<string> {
  await cluster.until(() => changed().length === count && cluster.waits.some(what => what.startsWith("unseal")), 60);
  return cluster.inState("sealed")[0] ?? "none";
}

describe("a change of Vault", () => {
  it("goes on as each is unsealed, takes the active one last, and leaves a story", async () => {
    cluster = await VaultCluster.serving(0);
    const first = active();
    const notified = cluster.eventTexts().length;
    await cluster.put("vault/image", IMAGES.new);
    for (const count of [1, 2]) {
      const name = await untilChanged(count);
      expect(name).not.toBe(first);
      await cluster.clock.advance(60_000);
      expect(changed()).toHaveLength(count);
      await cluster.unseal(name);
    }
    await cluster.until(() => cluster.reported("sealed").includes(first), 60);
    await cluster.until(() => cluster.reported("active").length === 1, 30);
    await cluster.unseal(first);
    await cluster.until(() => cluster.reported("standby").length === 2, 30);
    await expectIdle(cluster);
    const eventTexts = cluster.eventTexts().slice(notified);
    expect(eventTexts.map(text => text.replace(/since \S+/, "since T"))).toMatchInlineSnapshot(`
      [
        "Vault on h2 is restarted with new settings (1 of 3)",
        "Vault on h2 is sealed: swarmkeeper vault unseal",
        "Vault: its change waits for unseal of h2 since T",
        "Vault on h2 is unsealed, and standby",
        "over: Vault: its change waits for unseal of h2 since T",
        "Vault on h3 is restarted with new settings (2 of 3)",
        "Vault on h3 is sealed: swarmkeeper vault unseal",
        "Vault: its change waits for unseal of h3 since T",
        "Vault on h3 is unsealed, and standby",
        "over: Vault: its change waits for unseal of h3 since T",
        "Vault on h1 is restarted with new settings (3 of 3)",
        "Vault on h1 is sealed: swarmkeeper vault unseal",
        "the active Vault is on h2, and was on h1",
        "Vault on h1 is unsealed, and standby",
      ]
    `);
  });

  it("waits for one that is sealed or silent, and for nothing that is only another's doing", async () => {
    cluster = await VaultCluster.serving(0);
    const [standby = ""] = cluster.inState("standby");
    cluster.vault.cut(urlOf(cluster.node(standby)));
    await cluster.until(() => cluster.reported("unreachable").length === 1, 60);
    await cluster.put("vault/image", IMAGES.new);
    await cluster.clock.advance(60_000);
    expect(changed()).toEqual([]);
    expect(cluster.waits).toEqual([standby]);
    cluster.vault.heal(urlOf(cluster.node(standby)));
    await untilChanged(1);
    expect(cluster.broken).toEqual([]);
  });

  it("goes on with whoever takes the place of a manager that died in the middle of it", async () => {
    cluster = await VaultCluster.serving(1);
    await cluster.put("vault/image", IMAGES.new);
    const dead = await untilChanged(1);
    cluster.node(dead).cutPower();
    await cluster.until(() => cluster.voters().includes("h4") && !cluster.voters().includes(dead), 200);
    await cluster.until(() => cluster.inState("sealed").includes("h4"), 60);
    await cluster.unseal("h4");
    // h4 began with the new image, and the dead one counts no more.
    await cluster.unseal(await untilChanged(2));
    await cluster.until(() => cluster.reported("sealed").length === 1, 60);
    expect(cluster.broken).toEqual([]);
    expect(changed().sort()).toEqual(["h1", "h2", "h3", "h4"].filter(name => name !== dead));
  });

  it("is gone on with by the next leader", async () => {
    cluster = await VaultCluster.serving(0);
    await cluster.put("vault/image", IMAGES.new);
    for (let count = 1; count <= 3; count++) {
      await cluster.until(() => changed().length === count, 60);
      const leader = cluster.leader();
      cluster.controllers.get(leader?.name ?? "")?.end();
      await cluster.until(() => cluster.inState("sealed").length === 1, 60);
      await cluster.unseal(...cluster.inState("sealed"));
    }
    await cluster.until(() => cluster.reported("standby").length === 2, 60);
    await expectIdle(cluster);
  });
});

it("Vault is taken down, the active one last, comes back with its data, and follows the managers", async () => {
  cluster = await VaultCluster.serving(2);
  const last = active();
  await cluster.put("vault/enabled", "false");
  await cluster.until(() => cluster.nodes.filter(host => cluster.assigned(host)).length === 1, 30);
  expect(active()).toBe(last);
  await cluster.until(() => cluster.nodes.every(host => host.status()?.vault === undefined), 60);
  await expectIdle(cluster);
  await cluster.put("vault/enabled", "true");
  await cluster.until(() => cluster.inState("sealed").length === 3, 60);
  await cluster.unseal("h1", "h2", "h3");
  await cluster.until(() => cluster.reported("standby").length === 2, 60);
  await cluster.put("managers", "5");
  await cluster.untilManagers(5);
  await cluster.until(() => cluster.inState("sealed").length === 2, 60);
  await cluster.put("managers", "3");
  await cluster.untilManagers(3);
  await cluster.until(() => cluster.nodes.filter(host => cluster.assigned(host)).length === 3, 60);
  await expectIdle(cluster);
});

it.each([1, 2, 3, 4, 5, 6])(
  "whatever befalls servers, hosts and controllers, the active one is restarted last (%i)",
  async seed => {
    const luck = chance(seed);
    cluster = await VaultCluster.serving(0, luck.next);
    for (let second = 0; second < 900; second++) {
      await happen(luck);
      cluster.observe();
      await cluster.clock.advance(1_000);
    }
    for (const host of cluster.nodes) {
      if (!host.powered) host.restorePower();
      if (cluster.vault.state(urlOf(host))) cluster.vault.heal(urlOf(host));
    }
    await cluster.put("vault/image", "vault:last");
    for (let minute = 0; minute < 30 && cluster.withImage("vault:last").length < 3; minute++) {
      await cluster.unseal(...cluster.inState("sealed"));
      cluster.observe();
      await cluster.clock.advance(60_000);
    }
    await cluster.unseal(...cluster.inState("sealed"));
    await cluster.until(() => cluster.reported("standby").length === 2 && cluster.reported("active").length === 1, 60);
    expect(cluster.withImage("vault:last")).toEqual(["h1", "h2", "h3"]);
    expect(cluster.broken).toEqual([]);
    await expectIdle(cluster);
  },
);

/** What happens in a second, if anything. One manager is without power at most, and for less than the grace. */
async function happen(luck: ReturnType<typeof chance>): Promise<void> {
  const host = luck.pick(cluster.nodes);
  if (!host) return;
  const url = urlOf(host);
  const runs = cluster.vault.state(url) !== undefined;
  if (luck.percent(1)) await cluster.put("vault/image", `vault:${luck.int(1, 9)}`);
  // One that is silent is waited for in vain.
  if (luck.percent(12)) for (const name of cluster.inState("sealed")) void cluster.unseal(name).catch(() => {});
  if (luck.percent(1) && runs) cluster.vault.seal(url);
  if (luck.percent(2) && runs) cluster.vault.cut(url);
  if (luck.percent(8)) for (const { address } of cluster.nodes) healIfThere(`http://${address}:8200`);
  if (luck.percent(1)) cluster.controllers.get(cluster.leader()?.name ?? "")?.end();
  if (luck.percent(1)) host.fault = { call: host.calls + luck.int(1, 6), when: "after", end: "crash" };
  if (luck.percent(0.5) && cluster.nodes.every(({ powered }) => powered)) {
    host.cutPower();
    void cluster.clock.sleep(luck.int(2_000, 30_000)).then(() => host.powered || host.restorePower());
  }
}

function healIfThere(url: string): void {
  if (cluster.vault.state(url)) cluster.vault.heal(url);
}
