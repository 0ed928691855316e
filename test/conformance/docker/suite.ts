// What docker's swarm does to its nodes and what it refuses, told as one story of three hosts. A real swarm and the
// twin both live through it, so that what a simulation proves holds for real engines.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SwarmNodeId, swarmNodeId } from "../../../crd-like-specs/ids.ts";
import type { Clock } from "../../../drivers/clock/port.ts";
import { type Docker, DockerError, type DockerErrorKind, type SwarmNode } from "../../../drivers/docker/port.ts";
import { counted } from "../../fixtures/counted.ts";
import { eventually } from "../eventually.ts";

export interface HostUnderTest {
  readonly name: string;
  readonly address: string;
  readonly docker: Docker;
  /** Loss of power. */
  kill(): Promise<void>;
  /** Off the network, the engine running on. */
  cut(): Promise<void>;
  /** On the network again, with the same address. */
  heal(): Promise<void>;
  /** Resolves when the engine answers again. */
  start(): Promise<void>;
}

export interface SwarmUnderTest {
  readonly clock: Clock;
  /** Engines in no swarm; three of them are used. */
  readonly hosts: readonly HostUnderTest[];
  /** Runs so many tasks of a service on this host from now on; the function returned ends the service. */
  serve(host: HostUnderTest, tasks: number): Promise<() => Promise<void>>;
  /** As somebody does it with `docker node update --availability`, on the first host. */
  setByHand(host: HostUnderTest, availability: "active" | "pause" | "drain"): Promise<void>;
  /** A connection to where no engine is. */
  readonly nowhere: Docker;
  close(): Promise<void>;
}

/** The tests build on each other, in order. `setupMs` is what booting the hosts may take. */
export function dockerSuite(title: string, begin: () => Promise<SwarmUnderTest>, setupMs = 10_000): void {
  // Longer than any of its waits.
  describe(`docker: ${title}`, { timeout: 300_000 }, () => {
    let world: SwarmUnderTest;
    let token: string;
    /** The first host's node, once that has lost its power. */
    let lost: SwarmNodeId;

    beforeAll(async () => {
      world = await begin();
    }, setupMs);
    afterAll(() => world?.close(), 60_000);

    const host = (number: 1 | 2 | 3): HostUnderTest => {
      const found = world.hosts[number - 1];
      if (found === undefined) throw new Error(`the world under test has no host ${number}`);
      return found;
    };
    const docker = (number: 1 | 2 | 3): Docker => host(number).docker;
    const soon = <T>(awaited: string, deadlineMs: number, look: () => Promise<T | undefined | false>) =>
      eventually(world.clock, awaited, deadlineMs, look);
    const refusal = (call: Promise<unknown>, kind: DockerErrorKind) =>
      expect(call).rejects.toMatchObject({ name: "DockerError", kind });
    const idOf = async (number: 1 | 2 | 3): Promise<SwarmNodeId> => {
      const { node } = (await docker(number).info()).swarm;
      if (node === undefined) throw new Error(`${host(number).name} is in no swarm`);
      return node;
    };
    /** A node as one of the hosts sees it; false when it does not see it. */
    const seenBy = async (viewer: 1 | 2 | 3, id: SwarmNodeId): Promise<SwarmNode | false> =>
      (await docker(viewer).nodes()).find(node => node.id === id) ?? false;
    const sees = (
      viewer: 1 | 2 | 3,
      id: SwarmNodeId,
      what: string,
      test: (node: SwarmNode) => boolean,
      deadlineMs = 60_000,
    ) =>
      soon(`${what}, as host ${viewer} sees it`, deadlineMs, async () => {
        const node = await seenBy(viewer, id);
        if (node === false) throw new Error("the node is not listed");
        if (!test(node)) throw new Error(`the node is ${JSON.stringify(node)}`);
        return node;
      });
    const join = (number: 1 | 2 | 3, remotes: readonly (1 | 2 | 3)[], withToken = token) =>
      docker(number).joinSwarm({
        remotes: remotes.map(remote => `${host(remote).address}:2377`),
        token: withToken,
        advertiseAddress: host(number).address,
      });
    const isReady = (node: SwarmNode) => node.state === "ready";
    const isReachable = (node: SwarmNode) => node.manager?.reachable === true;
    const isWorker = (node: SwarmNode) => node.manager === undefined;

    it("says when no engine is there", async () => {
      await refusal(world.nowhere.info(), "unreachable");
      await refusal(world.nowhere.nodes(), "unreachable");
    });

    it("is in no swarm at first", async () => {
      const info = await docker(1).info();
      expect(info.hostname).toBe(host(1).name);
      expect(info.version).toMatch(/^\d+\.\d+/);
      expect(info.swarm).toMatchObject({ state: "inactive", node: undefined, control: false, cluster: undefined });
      await refusal(docker(1).nodes(), "not-in-swarm");
      await refusal(docker(1).inspectSwarm(), "not-in-swarm");
      await refusal(docker(1).leaveSwarm({ force: true }), "not-in-swarm");
    });

    it("makes a swarm of one manager, once", async () => {
      const id = await docker(1).initSwarm({ advertiseAddress: host(1).address });
      const { swarm } = await docker(1).info();
      const { id: cluster, workerToken } = await docker(1).inspectSwarm();
      token = workerToken;
      expect(swarm).toMatchObject({ state: "active", node: id, control: true, cluster, error: "" });
      expect(swarm.remoteManagers).toEqual([`${host(1).address}:2377`]);
      expect(await docker(1).nodes()).toMatchObject([
        {
          id,
          hostname: host(1).name,
          address: host(1).address,
          role: "manager",
          availability: "active",
          state: "ready",
          manager: { leader: true, reachable: true, address: `${host(1).address}:2377` },
        },
      ]);
      await refusal(docker(1).initSwarm({ advertiseAddress: host(1).address }), "already-in-swarm");
    });

    it("keeps its last manager", async () => {
      const id = await idOf(1);
      await docker(1).setRole(id, "manager");
      await refusal(docker(1).setRole(id, "worker"), "last-manager");
      await refusal(docker(1).removeNode(id, { force: true }), "must-be-demoted-first");
      await refusal(docker(1).leaveSwarm({ force: false }), "last-manager");
    });

    it("knows which nodes there are not", async () => {
      await refusal(docker(1).setRole(swarmNodeId("nobody"), "manager"), "not-found");
      await refusal(docker(1).setDrained(swarmNodeId("nobody"), true), "not-found");
      await refusal(docker(1).tasksOn(swarmNodeId("nobody")), "not-found");
      await refusal(docker(1).removeNode(swarmNodeId("nobody"), { force: true }), "not-found");
    });

    it("lets nobody in with a wrong token, takes in others by any manager that answers, and tells of them", async () => {
      const events = counted(docker(1).nodeEvents());
      await soon("the connection's own event", 30_000, async () => events.count() > 0);
      const before = events.count();
      await refusal(join(2, [1], "open sesame"), "bad-token");
      const [forged] = await Promise.all([
        join(2, [1], token.replace(/.{4}$/, "0000")).catch((error: unknown) => error),
        join(3, [3, 1]),
      ]);
      expect(forged).toMatchObject({ name: "DockerError", kind: "bad-token" });
      expect((await docker(2).info()).swarm.state).toBe("inactive");
      await join(2, [1]);
      await soon("events of two nodes", 30_000, async () => events.count() >= before + 2);
      events.subscription.unsubscribe();

      for (const number of [2, 3] as const) {
        const { swarm } = await docker(number).info();
        expect(swarm).toMatchObject({ state: "active", control: false, cluster: undefined });
        expect(swarm.remoteManagers).toEqual([`${host(1).address}:2377`]);
        const node = await sees(1, await idOf(number), "the new node ready", isReady);
        expect(node).toMatchObject({ role: "worker", manager: undefined, address: host(number).address });
      }
      await refusal(join(2, [1]), "already-in-swarm");
    });

    it("is governed from managers alone", async () => {
      await refusal(docker(2).nodes(), "not-a-manager");
      await refusal(docker(2).inspectSwarm(), "not-a-manager");
      const id = await idOf(2);
      await refusal(docker(2).setRole(id, "manager"), "not-a-manager");
      await refusal(docker(2).setDrained(id, true), "not-a-manager");
      await refusal(docker(2).tasksOn(id), "not-a-manager");
    });

    it("drains a node, tells until its tasks have ended, and takes that back", async () => {
      const id = await idOf(2);
      const tasks = () => docker(1).tasksOn(id);
      expect(await tasks()).toBe(0);
      const end = await world.serve(host(2), 2);
      await soon("two tasks there", 60_000, async () => (await tasks()) === 2);
      await docker(1).setDrained(id, true);
      await docker(1).setDrained(id, true);
      expect(await seenBy(1, id)).toMatchObject({ availability: "drain", drained: true });
      await soon("no task there any more", 60_000, async () => (await tasks()) === 0);
      await docker(1).setDrained(id, false);
      expect(await seenBy(1, id)).toMatchObject({ availability: "active", drained: false });
      await end();
      await soon("the service to end", 60_000, async () => (await tasks()) === 0);
    });

    it("leaves to a person what a person's hand did to a node", async () => {
      const id = await idOf(2);
      await world.setByHand(host(2), "drain");
      await docker(1).setDrained(id, true);
      await docker(1).setDrained(id, false);
      expect(await seenBy(1, id)).toMatchObject({ availability: "drain", drained: false });
      await world.setByHand(host(2), "pause");
      await docker(1).setDrained(id, true);
      await docker(1).setDrained(id, false);
      expect(await seenBy(1, id)).toMatchObject({ availability: "pause", drained: false });
      await docker(1).setDrained(id, true);
      await world.setByHand(host(2), "active");
      expect(await seenBy(1, id)).toMatchObject({ availability: "active", drained: true });
      await docker(1).setDrained(id, false);
      expect(await seenBy(1, id)).toMatchObject({ availability: "active", drained: false });
    });

    it("does not let go of a node that is there", async () => {
      await refusal(docker(1).removeNode(await idOf(2), { force: false }), "not-down");
    });

    it("promotes in its own time", async () => {
      for (const number of [2, 3] as const) {
        const id = await idOf(number);
        await docker(1).setRole(id, "manager");
        expect(await seenBy(1, id)).toMatchObject({ role: "manager", manager: undefined });
        await sees(1, id, "the node in the raft", isReachable);
        await soon("control of the swarm", 30_000, async () => (await docker(number).info()).swarm.control);
        expect(await docker(number).nodes()).toHaveLength(3);
      }
      await refusal(docker(3).leaveSwarm({ force: false }), "must-be-demoted-first");
    });

    it("elects anew when its leader is gone, and hears of the nodes again", async () => {
      const kept = await idOf(2);
      lost = await idOf(1);
      await host(1).kill();
      await soon("another leader", 60_000, async () =>
        (await docker(2).nodes()).some(node => node.manager?.leader && node.id !== lost),
      );
      await sees(2, lost, "the lost manager unreachable", node => node.manager?.reachable === false);
      await sees(2, kept, "a survivor ready", isReady);
    });

    it("refuses to lose its quorum, but lets go of the dead manager", async () => {
      await refusal(docker(2).setRole(await idOf(3), "worker"), "would-lose-quorum");
      await refusal(docker(2).removeNode(lost, { force: true }), "must-be-demoted-first");
      await docker(2).setRole(lost, "worker");
      await sees(2, lost, "the dead manager out of the raft", isWorker);
      await docker(2).removeNode(lost, { force: true });
      expect(await seenBy(2, lost)).toBe(false);
    });

    /**
     * A removed manager keeps its id, governs nothing, and stays so until it is made to leave. Why it says differs from one
     * time to the next: that it was removed, that there is no leader, or that the one it knows does not answer in 20 s.
     */
    const demandLost = async (state: "active" | "pending", id: SwarmNodeId) => {
      const look = async () => (await docker(1).info()).swarm;
      const isLost = async () => {
        const swarm = await look();
        const powerless = !swarm.control && swarm.cluster === undefined && swarm.error !== "";
        if (swarm.state !== state || swarm.node !== id || !powerless)
          throw new Error(`it says ${JSON.stringify(swarm)}`);
        return true;
      };
      await soon("a manager without power", 60_000, isLost);
      await world.clock.sleep(15_000);
      await isLost();
      await expect(docker(1).nodes()).rejects.toThrow(DockerError);
      expect(await seenBy(2, id)).toBe(false);
      await docker(1).leaveSwarm({ force: true });
      expect(await look()).toMatchObject({ state: "inactive", node: undefined, error: "" });
    };

    it("leaves a removed manager that comes back without power until it leaves", async () => {
      await host(1).start();
      await demandLost("pending", lost);
    });

    it("takes it back at once as another node, and leaves one removed behind a cut network the same", async () => {
      await join(1, [2]);
      const id = await idOf(1);
      await sees(2, id, "the returned host ready", isReady);
      await docker(2).setRole(id, "manager");
      await sees(2, id, "the node in the raft", isReachable);
      const events = counted(docker(2).managerEvents());
      const before = events.count();
      await host(1).cut();
      await sees(2, id, "the manager unreachable", node => node.manager?.reachable === false);
      await soon("word of it", 5_000, async () => events.count() > before);
      events.subscription.unsubscribe();
      await docker(2).setRole(id, "worker");
      await sees(2, id, "the manager out of the raft", isWorker);
      await docker(2).removeNode(id, { force: true });
      await host(1).heal();
      await demandLost("active", id);
    });

    it("tells a worker that is there nothing of its removal either", async () => {
      await join(1, [2]);
      const id = await idOf(1);
      await sees(2, id, "the returned host ready", isReady);
      await docker(2).removeNode(id, { force: true });
      for (const pause of [0, 15_000]) {
        await world.clock.sleep(pause);
        const { swarm } = await docker(1).info();
        expect(swarm).toMatchObject({ state: "active", node: id, control: false, error: "" });
      }
      await docker(1).leaveSwarm({ force: true });
    });

    it("is read-only without a quorum, and may yet apply what was written then", async () => {
      const leads = (await docker(2).nodes()).find(node => node.manager?.leader)?.id === (await idOf(2));
      const [stays, goes] = leads ? ([2, 3] as const) : ([3, 2] as const);
      const gone = await idOf(goes);

      await host(goes).kill();
      await refusal(docker(stays).setRole(gone, "worker"), "leader-lost");
      await soon("refusals for want of a leader", 60_000, async () => {
        const failure: unknown = await docker(stays)
          .nodes()
          .catch((error: unknown) => error);
        return failure instanceof DockerError && failure.kind === "no-leader";
      });
      await refusal(docker(stays).inspectSwarm(), "no-leader");
      await refusal(docker(stays).removeNode(gone, { force: true }), "no-leader");
      const { swarm } = await docker(stays).info();
      expect(swarm).toMatchObject({ state: "active", control: false, cluster: undefined });
      expect(swarm.error).toContain("does not have a leader");
      await refusal(join(1, [stays]), "no-leader");
      expect((await docker(1).info()).swarm.state).toBe("inactive");

      await host(goes).start();
      await soon("a leader again", 60_000, async () => (await docker(stays).info()).swarm.control);
      await sees(stays, gone, "the demotion that was refused", node => node.role === "worker" && isWorker(node));
    });

    it("takes a host back under a new id, and lets a worker leave", async () => {
      const [manager, worker] = (await docker(2).info()).swarm.control ? ([2, 3] as const) : ([3, 2] as const);
      await soon("no control any more", 60_000, async () => !(await docker(worker).info()).swarm.control);
      await join(1, [manager]);
      await sees(manager, await idOf(1), "the returned host ready", isReady);

      const id = await idOf(worker);
      await docker(worker).leaveSwarm({ force: false });
      await sees(manager, id, "the node down", node => node.state === "down");
      await docker(manager).removeNode(id, { force: false });
      expect(await seenBy(manager, id)).toBe(false);
    });
  });
}
