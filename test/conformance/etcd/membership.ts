// Conformance: a member is added, catches up, is promoted, becomes leader and is removed; and each rejection on the
// way.
import { expect } from "vitest";
import { memberId } from "../../../crd-like-specs/resources/ids.ts";
import type { Clock } from "../../../drivers/clock/port.ts";
import { EtcdError, type EtcdErrorKind } from "../../../drivers/etcd/port.ts";
import { eventually } from "../eventually.ts";
import { put, type Topic, test } from "./suite.ts";

const kind = (expected: string) => expect.objectContaining({ name: "EtcdError", kind: expected });

/**
 * Repeats a call that an election may delay. Resolves to "done", or to "rejected" if the call fails with `rejection`,
 * which is the error for a change that has already been made.
 */
const endOf = (clock: Clock, what: string, call: () => Promise<unknown>, rejection: EtcdErrorKind) =>
  eventually(clock, what, 20_000, async () => {
    try {
      await call();
      return "done";
    } catch (error) {
      if (error instanceof EtcdError && error.kind === rejection) return "rejected";
      throw error;
    }
  });

export const growing: Topic = cluster => {
  test("a new member is added, promoted, made leader and removed", cluster, async ({ etcd, clock }) => {
    const { membership } = etcd;
    const [first] = cluster().members;
    if (first === undefined) throw new Error("there is one member");
    const before = await membership.list();
    expect(before.members).toMatchObject([
      { peerUrls: [first.peerUrl], clientUrls: [first.clientUrl], learner: false },
    ]);

    const spare = await cluster().spare();
    await put(etcd, "/before", "the new member");
    const added = await membership.addLearner(spare.peerUrl);
    expect(added.members.find(member => member.id === added.id)).toMatchObject({ name: "", learner: true });
    await expect(membership.addLearner(spare.peerUrl)).rejects.toEqual(kind("member-exists"));
    await expect(membership.addLearner("http://127.0.0.1:9")).rejects.toEqual(
      expect.objectContaining({ kind: expect.stringMatching(/too-many-learners|unhealthy-cluster/) }),
    );
    await expect(membership.promote(added.id)).rejects.toEqual(kind("learner-not-ready"));

    await spare.join();
    await endOf(clock, "the learner's promotion", () => membership.promote(added.id), "not-learner");
    await expect(membership.promote(added.id)).rejects.toEqual(kind("not-learner"));
    const status = await membership.status(spare.clientUrl);
    expect(status).toMatchObject({ cluster: before.cluster, member: added.id, learner: false });
    const old = before.members[0]?.id;
    expect(status.leader).toBe(old);
    expect(status.version).toMatch(/^3\.\d+\.\d+/);

    await expect(membership.moveLeader(spare.clientUrl, added.id)).rejects.toEqual(kind("not-leader"));
    await expect(membership.moveLeader(first.clientUrl, memberId("ab"))).rejects.toEqual(kind("member-not-found"));
    await membership.moveLeader(first.clientUrl, added.id);
    await eventually(clock, "the new leader", 20_000, async () => {
      return (await membership.status(first.clientUrl)).leader === added.id;
    });
    // etcd requires that the member was connected for five seconds.
    const remove = () => membership.remove(added.id);
    await endOf(clock, "the removal", remove, "member-not-found");
    await eventually(clock, "a cluster of one", 20_000, async () => (await membership.list()).members.length === 1);
    expect(await endOf(clock, "a second removal", remove, "member-not-found")).toBe("rejected");
    await expect(membership.promote(added.id)).rejects.toEqual(kind("member-not-found"));
  });

  test("the status of an address without a server is unavailable", cluster, async ({ etcd }) => {
    await expect(etcd.membership.status("http://127.0.0.1:1")).rejects.toEqual(kind("unavailable"));
  });
};

export const unhealthy: Topic = cluster => {
  test("a voter that is down prevents new members until it is removed", cluster, async ({ etcd, clock }) => {
    const { membership } = etcd;
    const [, , third] = cluster().members;
    if (third === undefined) throw new Error("there are three members");
    await third.kill();
    const spare = await cluster().spare();
    let rejection: unknown;
    await eventually(clock, "a rejection", 20_000, async () => {
      rejection = await membership.addLearner(spare.peerUrl).catch(error => error);
      return rejection instanceof Error;
    });
    expect(rejection).toEqual(kind("unhealthy-cluster"));
    expect(rejection).toMatchObject({ recoverable: true, maybeApplied: false });
    const dead = (await membership.list()).members.find(member => member.peerUrls.includes(third.peerUrl));
    if (dead === undefined) throw new Error("the dead member is not in the list");
    await membership.remove(dead.id);
    await eventually(clock, "the new member in the list", 20_000, async () => {
      await membership.addLearner(spare.peerUrl);
      return true;
    });
    expect((await membership.list()).members.map(member => member.learner)).toContain(true);
  });
};
