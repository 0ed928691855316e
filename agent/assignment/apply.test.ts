// A node becomes an etcd member and a proxy again, with its agent ended at every write on the way. It wipes nothing
// without proof, and works without etcd.
import { describe, expect, it } from "vitest";
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { MemberId } from "../../crd-like-specs/resources/ids.ts";
import type { Fault } from "../../test/fakes/gate.ts";
import { CONTROLLER, clientUrl, type FakeNode, FakeWorld, MEMBER, PROXY, peerUrl } from "../../test/fakes/world.ts";

const voter = clientUrl("10.0.0.1");

async function bootstrapped(): Promise<{ world: FakeWorld; host: FakeNode }> {
  const world = new FakeWorld({ managers: 1, workers: 1 });
  for (const host of world.nodes) host.boot();
  await world.until(() => world.ready(), 60);
  return { world, host: world.node("h2") };
}

const proxyAt = (generation: number, rest: { removed?: MemberId; units?: string[] } = {}): Assignment => ({
  generation,
  role: "worker",
  etcd: { mode: "proxy", endpoints: [voter], ...(rest.removed && { removed: rest.removed }) },
  units: rest.units ?? [],
});

/** The controller's part of making h2 an etcd member. */
async function promote(world: FakeWorld, host: FakeNode, generation: number): Promise<MemberId> {
  await world.clock.advance(6_000); // etcd wants its members connected for five seconds
  const { id } = await world.etcd.connect().membership.addLearner(peerUrl(host.address));
  const initialCluster = world.etcd.state().map(({ name, peerUrl }) => ({ name: name || "h2", peerUrl }));
  const units = [CONTROLLER];
  host.assign({
    generation,
    role: "manager",
    etcd: { mode: "member", endpoints: [voter], member: id, initialCluster },
    units,
  });
  await world.until(() => host.status()?.generation === generation, 60);
  await world.clock.advance(10_000); // after a fault right behind the report, it starts again
  await world.until(() => host.runsMember(), 60);
  await world.etcd.connect().membership.promote(id);
  return id;
}

async function demote(world: FakeWorld, host: FakeNode, member: MemberId, generation: number): Promise<void> {
  await world.clock.advance(6_000);
  await world.etcd.connect().membership.remove(member);
  host.assign(proxyAt(generation, { removed: member }));
  await world.until(() => host.status()?.generation === generation, 60);
}

const active = async (host: FakeNode, ...units: string[]) => (await host.systemd.show(units)).map(unit => unit.active);

async function demandProxy(host: FakeNode): Promise<void> {
  expect(host.hasData()).toBe(false);
  expect(await active(host, MEMBER, PROXY, CONTROLLER)).toEqual(["inactive", "active", "inactive"]);
  expect(host.status()).toMatchObject({ phase: "running", etcd: { mode: "proxy" }, units: [] });
  expect(host.disk.peek(`/etc/systemd/system/${CONTROLLER}`)).toBeUndefined();
}

async function thereAndBack(fault?: Fault): Promise<FakeNode> {
  const { world, host } = await bootstrapped();
  await world.clock.advance(5_000);
  host.assign(proxyAt(1));
  await world.until(() => host.status()?.generation === 1, 60);
  const before = host.calls;
  if (fault) host.fault = { ...fault, call: before + fault.call };
  const member = await promote(world, host, 2);
  expect(await active(host, MEMBER, PROXY, CONTROLLER)).toEqual(["active", "inactive", "active"]);
  expect(host.status()).toMatchObject({ etcd: { mode: "member", member, healthy: true } });
  await demote(world, host, member, 3);
  await world.clock.advance(20_000);
  expect(host.fault).toBeUndefined();
  await demandProxy(host);
  host.calls -= before;
  return host;
}

describe("an assignment", () => {
  it("makes a worker an etcd member, and a proxy again, with its units", async () => {
    await thereAndBack();
  });

  it.each(["crash", "power"] as const)("is applied despite a fault (%s) at every write", async end => {
    const { calls } = await thereAndBack();
    expect(calls).toBeGreaterThan(15);
    for (let call = 1; call < calls; call++) {
      for (const when of ["before", "after"] as const) {
        await thereAndBack({ call, when, end }).catch(cause => {
          throw new Error(`after a ${end} ${when} write ${call} of ${calls}`, { cause });
        });
      }
    }
  });

  it("does not wipe the data of a member that etcd still lists", async () => {
    const { world, host } = await bootstrapped();
    const member = await promote(world, host, 1);
    host.assign(proxyAt(2, { removed: member }));
    await world.until(() => host.status()?.message !== undefined, 60);
    expect(host.status()?.reason).toBe("EtcdRemovalUnconfirmed");
    expect(host.status()?.message).toContain(`keeps its etcd data: etcd still lists member ${member}`);
    expect(host.hasData()).toBe(true);
    expect(await active(host, MEMBER)).toEqual(["active"]);
    await world.etcd.connect().membership.remove(member);
    await world.until(() => host.status()?.generation === 2, 60);
    await demandProxy(host);
  });

  it("does not wipe data while no quorum answers", async () => {
    const { world, host } = await bootstrapped();
    const member = await promote(world, host, 1);
    await world.clock.advance(6_000);
    await world.etcd.connect().membership.remove(member);
    host.assign({
      ...proxyAt(2, { removed: member }),
      etcd: { mode: "proxy", endpoints: ["http://10.0.0.9:2379"], removed: member },
    });
    await world.clock.advance(60_000);
    expect(host.hasData()).toBe(true);
  });

  it("does not start a member that has run elsewhere", async () => {
    const { world, host } = await bootstrapped();
    const [first] = world.etcd.state();
    await world.clock.advance(6_000);
    const { id } = await world.etcd.connect().membership.addLearner(peerUrl(host.address));
    world.etcd.startMember(id, { name: "elsewhere", clientUrl: clientUrl(host.address) });
    host.assign({
      generation: 1,
      role: "manager",
      etcd: {
        mode: "member",
        endpoints: [voter],
        member: id,
        initialCluster: [
          { name: "h1", peerUrl: first?.peerUrl ?? "" },
          { name: "h2", peerUrl: peerUrl(host.address) },
        ],
      },
      units: [],
    });
    await world.until(() => host.status()?.message !== undefined, 60);
    expect(host.status()?.reason).toBe("EtcdStartUnconfirmed");
    expect(host.status()?.message).toContain(`etcd member ${id} has run before, and its data is not on this node`);
    expect(await active(host, MEMBER, PROXY)).toEqual(["inactive", "active"]);
  });

  it("starts its units in order after a reboot without etcd, and stops those no longer listed", async () => {
    const { world, host } = await bootstrapped();
    host.assign(proxyAt(1, { units: ["web.service", CONTROLLER] }));
    await world.until(() => host.status()?.generation === 1, 60);
    const [voterMember] = world.etcd.state();
    if (voterMember) world.etcd.stopMember(voterMember.id);
    host.stop();
    host.cutPower();
    await world.clock.advance(1_000);
    host.restorePower();
    await world.clock.advance(5_000);
    expect(await active(host, PROXY, "web.service", CONTROLLER)).toEqual(["active", "active", "active"]);
    if (voterMember) world.etcd.startMember(voterMember.id);
    host.assign(proxyAt(2, { units: ["web.service"] }));
    await world.until(() => host.status()?.generation === 2, 60);
    expect(await active(host, "web.service", CONTROLLER)).toEqual(["active", "inactive"]);
  });

  it("leaves the last one in effect if it is invalid, and is reported until a valid one follows", async () => {
    const { world, host } = await bootstrapped();
    host.assign(proxyAt(1, { units: ["web.service"] }));
    await world.until(() => host.status()?.phase === "running", 60);
    await world.etcd.connect().kv.txn({ if: [], do: [{ put: `/swarmkeeper/assignments/${host.id()}`, value: "{}" }] });
    await world.clock.advance(60_000);
    expect(host.status()).toMatchObject({ generation: 1, phase: "running", reason: "AssignmentInvalid" });
    expect(host.status()?.message).toMatch(/assignments\/.*not a Assignment.*the last assignment stays in effect/);
    expect(await active(host, "web.service")).toEqual(["active"]);
    host.assign(proxyAt(2));
    await world.until(() => host.status()?.generation === 2, 60);
    expect(host.status()?.message).toBeUndefined();
  });

  it("is not applied with an unknown unit, which is reported while the others run", async () => {
    const { world, host } = await bootstrapped();
    host.assign(proxyAt(1, { units: ["unknown.service", "web.service"] }));
    await world.until(() => host.status()?.message !== undefined, 60);
    expect(host.status()).toMatchObject({
      generation: 0,
      phase: "applying",
      reason: "UnitUnknown",
      message: "unit unknown.service is neither shipped nor known to systemd",
    });
    expect(await active(host, "web.service")).toEqual(["active"]);
  });
});
