// Vault with real agents and controllers in memory: enabled, changed while an operator unseals and servers seal, die or do
// not answer, and disabled. Then random walks with all of that.
import { afterEach, describe, expect, it } from "vitest";
import { chance } from "./random.ts";
import { expectIdle } from "./scenes.ts";
import { IMAGES, urlOf, VaultCluster } from "./vault-cluster.ts";

let cluster: VaultCluster;
afterEach(() => cluster.end());

const changed = () => cluster.withImage(IMAGES.new);
const active = () => cluster.inState("active")[0] ?? "none";

/** Waits until this number of servers is changed and the last one waits for its unseal. Resolves to its node. */
async function untilChanged(count: number): Promise<string> {
  await cluster.until(() => changed().length === count && cluster.status()?.vault?.waiting[0]?.reason === "Sealed", 60);
  return cluster.inState("sealed")[0] ?? "none";
}

describe("a change of Vault", () => {
  it("changes the next Vault after each unseal, the active one last, and records events", async () => {
    cluster = await VaultCluster.serving(0);
    const first = active();
    const recorded = cluster.vaultEvents().length;
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
    const restarted = (name: string) => [`VaultRestarted ${name}`, `VaultSealed ${name}`];
    const blocked = (name: string) => [
      ...restarted(name),
      `VaultChangeBlocked ${name}`,
      `VaultUnsealed ${name}`,
      `VaultChangeBlockedOver ${name}`,
    ];
    expect(cluster.vaultEvents().slice(recorded)).toEqual([
      ...["h2", "h3"].flatMap(blocked),
      ...restarted("h1"),
      "VaultActiveChanged h2",
      "VaultUnsealed h1",
    ]);
  });

  it("a change of Vault waits for a server that does not answer, and continues when it answers", async () => {
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

  it("a change of Vault continues with the successor of a manager that died during it", async () => {
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

  it("the next leader continues a change of Vault", async () => {
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

it("Vault is stopped, the active server last, starts again with its data, and follows the managers", async () => {
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

it.each(Array.from({ length: 40 }, (_, i) => i + 1))(
  "the active Vault changes last in a random walk (%i)",
  async seed => {
    const luck = chance(seed);
    cluster = await VaultCluster.serving(0, luck.next);
    for (let second = 0; second < 450; second++) {
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

/** The random faults of one second. At most one manager is without power, for less than the grace. */
async function happen(luck: ReturnType<typeof chance>): Promise<void> {
  const host = luck.pick(cluster.nodes);
  if (!host) return;
  const url = urlOf(host);
  // Read each time, because some of the faults take a while.
  const runs = () => cluster.vault.state(url) !== undefined;
  if (luck.percent(1)) await cluster.put("vault/image", `vault:${luck.int(1, 9)}`);
  // An unseal of a server that does not answer fails.
  if (luck.percent(12)) for (const name of cluster.inState("sealed")) void cluster.unseal(name).catch(() => {});
  if (luck.percent(1) && runs()) cluster.vault.seal(url);
  if (luck.percent(2) && runs()) cluster.vault.cut(url);
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
