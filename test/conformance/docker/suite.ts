// Conformance suite of the Docker port: one scenario of three hosts, with every change and rejection of a swarm. A real
// swarm and the fake pass it, so that the results of a simulation hold for real engines.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SwarmNodeId, swarmNodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Clock } from "../../../drivers/clock/port.ts";
import { type Docker, DockerError, type DockerErrorKind, type SwarmNode } from "../../../drivers/docker/port.ts";
import { counted } from "../../fixtures/count-values.ts";
import { eventually } from "../eventually.ts";

export interface HostUnderTest {
  readonly name: string;
  readonly address: string;
  readonly docker: Docker;
  /** Power loss. */
  kill(): Promise<void>;
  /** Disconnects the network. The engine continues to run. */
  cut(): Promise<void>;
  /** Connects the network again, with the same address. */
  heal(): Promise<void>;
  /** Resolves when the engine answers again. */
  start(): Promise<void>;
}

export interface SwarmUnderTest {
  readonly clock: Clock;
  /** Engines without a swarm. The suite uses three. */
  readonly hosts: readonly HostUnderTest[];
  /** Starts a service with this number of tasks on this host. Resolves to a function that ends the service. */
  serve(host: HostUnderTest, tasks: number): Promise<() => Promise<void>>;
  /** Sets the availability as an operator does, with `docker node update --availability` on the first host. */
  setManually(host: HostUnderTest, availability: "active" | "pause" | "drain"): Promise<void>;
  /** A connection to a socket without an engine. */
  readonly nowhere: Docker;
  close(): Promise<void>;
}

/**
 * Registers the suite. Its tests build on each other, in order. `setupMs` is the time that the hosts may need to boot.
 */
export function dockerSuite(title: string, begin: () => Promise<SwarmUnderTest>, setupMs = 10_000): void {
  // Longer than any wait of a test.
  describe(`docker: ${title}`, { timeout: 300_000 }, () => {
    let world: SwarmUnderTest;
    let token: string;
    /** The swarm node of the first host, set when that host loses power. */
    let lost: SwarmNodeId;

    beforeAll(async () => {
      world = await begin();
    }, setupMs);
    afterAll(() => world?.close(), 60_000);

    const host = (number: 1 | 2 | 3): HostUnderTest => {
      const found = world.hosts[number - 1];
      if (found === undefined) throw new Error(`there is no host ${number} under test`);
      return found;
    };
    const docker = (number: 1 | 2 | 3): Docker => host(number).docker;
    const soon = <T>(awaited: string, deadlineMs: number, probe: () => Promise<T | undefined | false>) =>
      eventually(world.clock, awaited, deadlineMs, probe);
    const expectError = (call: Promise<unknown>, kind: DockerErrorKind) =>
      expect(call).rejects.toMatchObject({ name: "DockerError", kind });
    const idOf = async (number: 1 | 2 | 3): Promise<SwarmNodeId> => {
      const { node } = (await docker(number).info()).swarm;
      if (node === undefined) throw new Error(`${host(number).name} is not in a swarm`);
      return node;
    };
    /** A node as one of the hosts lists it; false if it is not listed. */
    const reportedBy = async (viewer: 1 | 2 | 3, id: SwarmNodeId): Promise<SwarmNode | false> =>
      (await docker(viewer).nodes()).find(node => node.id === id) ?? false;
    const sees = (
      viewer: 1 | 2 | 3,
      id: SwarmNodeId,
      what: string,
      test: (node: SwarmNode) => boolean,
      deadlineMs = 60_000,
    ) =>
      soon(`${what}, as host ${viewer} reports it`, deadlineMs, async () => {
        const node = await reportedBy(viewer, id);
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

    it("reports a socket without an engine as unreachable", async () => {
      await expectError(world.nowhere.info(), "unreachable");
      await expectError(world.nowhere.nodes(), "unreachable");
    });

    it("an engine is not in a swarm at first", async () => {
      const info = await docker(1).info();
      expect(info.hostname).toBe(host(1).name);
      expect(info.version).toMatch(/^\d+\.\d+/);
      expect(info.swarm).toMatchObject({ state: "inactive", node: undefined, control: false, cluster: undefined });
      await expectError(docker(1).nodes(), "not-in-swarm");
      await expectError(docker(1).inspectSwarm(), "not-in-swarm");
      await expectError(docker(1).leaveSwarm({ force: true }), "not-in-swarm");
    });

    it("initialises a swarm of one manager once", async () => {
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
      await expectError(docker(1).initSwarm({ advertiseAddress: host(1).address }), "already-in-swarm");
    });

    it("does not demote, remove or let leave the last manager", async () => {
      const id = await idOf(1);
      await docker(1).setRole(id, "manager");
      await expectError(docker(1).setRole(id, "worker"), "last-manager");
      await expectError(docker(1).removeNode(id, { force: true }), "must-be-demoted-first");
      await expectError(docker(1).leaveSwarm({ force: false }), "last-manager");
    });

    it("rejects calls for unknown nodes", async () => {
      await expectError(docker(1).setRole(swarmNodeId("unknown"), "manager"), "not-found");
      await expectError(docker(1).setDrained(swarmNodeId("unknown"), true), "not-found");
      await expectError(docker(1).tasksOn(swarmNodeId("unknown")), "not-found");
      await expectError(docker(1).removeNode(swarmNodeId("unknown"), { force: true }), "not-found");
    });

    it("rejects a wrong token, joins through any manager that answers, and sends events of new nodes", async () => {
      const events = counted(docker(1).nodeEvents());
      await soon("the connection's own event", 30_000, async () => events.count() > 0);
      const before = events.count();
      await expectError(join(2, [1], "open sesame"), "bad-token");
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
      await expectError(join(2, [1]), "already-in-swarm");
    });

    it("rejects calls that need a manager on a worker", async () => {
      await expectError(docker(2).nodes(), "not-a-manager");
      await expectError(docker(2).inspectSwarm(), "not-a-manager");
      const id = await idOf(2);
      await expectError(docker(2).setRole(id, "manager"), "not-a-manager");
      await expectError(docker(2).setDrained(id, true), "not-a-manager");
      await expectError(docker(2).tasksOn(id), "not-a-manager");
    });

    it("drains a node, counts its tasks until they have ended, and ends the drain", async () => {
      const id = await idOf(2);
      const tasks = () => docker(1).tasksOn(id);
      expect(await tasks()).toBe(0);
      const end = await world.serve(host(2), 2);
      await soon("two tasks there", 60_000, async () => (await tasks()) === 2);
      await docker(1).setDrained(id, true);
      await docker(1).setDrained(id, true);
      expect(await reportedBy(1, id)).toMatchObject({ availability: "drain", drained: true });
      await soon("no task left there", 60_000, async () => (await tasks()) === 0);
      await docker(1).setDrained(id, false);
      expect(await reportedBy(1, id)).toMatchObject({ availability: "active", drained: false });
      await end();
      await soon("the service to end", 60_000, async () => (await tasks()) === 0);
    });

    it("keeps the availability that an operator set manually", async () => {
      const id = await idOf(2);
      await world.setManually(host(2), "drain");
      await docker(1).setDrained(id, true);
      await docker(1).setDrained(id, false);
      expect(await reportedBy(1, id)).toMatchObject({ availability: "drain", drained: false });
      await world.setManually(host(2), "pause");
      await docker(1).setDrained(id, true);
      await docker(1).setDrained(id, false);
      expect(await reportedBy(1, id)).toMatchObject({ availability: "pause", drained: false });
      await docker(1).setDrained(id, true);
      await world.setManually(host(2), "active");
      expect(await reportedBy(1, id)).toMatchObject({ availability: "active", drained: true });
      await docker(1).setDrained(id, false);
      expect(await reportedBy(1, id)).toMatchObject({ availability: "active", drained: false });
    });

    it("does not remove a node that is up", async () => {
      await expectError(docker(1).removeNode(await idOf(2), { force: false }), "not-down");
    });

    it("promotes workers, which join the raft after a while", async () => {
      for (const number of [2, 3] as const) {
        const id = await idOf(number);
        await docker(1).setRole(id, "manager");
        expect(await reportedBy(1, id)).toMatchObject({ role: "manager", manager: undefined });
        await sees(1, id, "the node in the raft", isReachable);
        await soon("control of the swarm", 30_000, async () => (await docker(number).info()).swarm.control);
        expect(await docker(number).nodes()).toHaveLength(3);
      }
      await expectError(docker(3).leaveSwarm({ force: false }), "must-be-demoted-first");
    });

    it("elects another leader after the leader's death, and reports its nodes again", async () => {
      const kept = await idOf(2);
      lost = await idOf(1);
      await host(1).kill();
      await soon("another leader", 60_000, async () =>
        (await docker(2).nodes()).some(node => node.manager?.leader && node.id !== lost),
      );
      await sees(2, lost, "the lost manager unreachable", node => node.manager?.reachable === false);
      await sees(2, kept, "a surviving node ready", isReady);
    });

    it("rejects a demotion that would lose the quorum, and removes the dead manager", async () => {
      await expectError(docker(2).setRole(await idOf(3), "worker"), "would-lose-quorum");
      await expectError(docker(2).removeNode(lost, { force: true }), "must-be-demoted-first");
      await docker(2).setRole(lost, "worker");
      await sees(2, lost, "the dead manager out of the raft", isWorker);
      await docker(2).removeNode(lost, { force: true });
      expect(await reportedBy(2, lost)).toBe(false);
    });

    /**
     * A removed manager keeps its id, controls nothing, and stays so until it leaves with force. Its error varies: it
     * was removed, there is no leader, or the leader that it knows does not answer within 20 s.
     */
    const expectLost = async (state: "active" | "pending", id: SwarmNodeId) => {
      const observe = async () => (await docker(1).info()).swarm;
      const isLost = async () => {
        const swarm = await observe();
        const powerless = !swarm.control && swarm.cluster === undefined && swarm.error !== "";
        if (swarm.state !== state || swarm.node !== id || !powerless)
          throw new Error(`it reports ${JSON.stringify(swarm)}`);
        return true;
      };
      await soon("a manager without control", 60_000, isLost);
      await world.clock.sleep(15_000);
      await isLost();
      await expect(docker(1).nodes()).rejects.toThrow(DockerError);
      expect(await reportedBy(2, id)).toBe(false);
      await docker(1).leaveSwarm({ force: true });
      expect(await observe()).toMatchObject({ state: "inactive", node: undefined, error: "" });
    };

    it("a removed manager that returns has no control until it leaves", async () => {
      await host(1).start();
      await expectLost("pending", lost);
    });

    it("a removed manager joins again as another node; one removed while it was cut off has no control either", async () => {
      await join(1, [2]);
      const id = await idOf(1);
      await sees(2, id, "the returned host ready", isReady);
      await docker(2).setRole(id, "manager");
      await sees(2, id, "the node in the raft", isReachable);
      const events = counted(docker(2).managerEvents());
      const before = events.count();
      await host(1).cut();
      await sees(2, id, "the manager unreachable", node => node.manager?.reachable === false);
      await soon("an event of it", 5_000, async () => events.count() > before);
      events.subscription.unsubscribe();
      await docker(2).setRole(id, "worker");
      await sees(2, id, "the manager out of the raft", isWorker);
      await docker(2).removeNode(id, { force: true });
      await host(1).heal();
      await expectLost("active", id);
    });

    it("a running worker does not notice its removal", async () => {
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

    it("rejects reads and writes without a quorum, and may apply such a write later", async () => {
      const leads = (await docker(2).nodes()).find(node => node.manager?.leader)?.id === (await idOf(2));
      const [stays, stopped] = leads ? ([2, 3] as const) : ([3, 2] as const);
      const stoppedId = await idOf(stopped);

      await host(stopped).kill();
      await expectError(docker(stays).setRole(stoppedId, "worker"), "leader-lost");
      await soon("the error no-leader", 60_000, async () => {
        const failure: unknown = await docker(stays)
          .nodes()
          .catch((error: unknown) => error);
        return failure instanceof DockerError && failure.kind === "no-leader";
      });
      await expectError(docker(stays).inspectSwarm(), "no-leader");
      await expectError(docker(stays).removeNode(stoppedId, { force: true }), "no-leader");
      const { swarm } = await docker(stays).info();
      expect(swarm).toMatchObject({ state: "active", control: false, cluster: undefined });
      expect(swarm.error).toContain("does not have a leader");
      await expectError(join(1, [stays]), "no-leader");
      expect((await docker(1).info()).swarm.state).toBe("inactive");

      await host(stopped).start();
      await soon("a leader again", 60_000, async () => (await docker(stays).info()).swarm.control);
      await sees(stays, stoppedId, "the rejected demotion", node => node.role === "worker" && isWorker(node));
    });

    it("gives a returned host a new node id, and lets a worker leave", async () => {
      const [manager, worker] = (await docker(2).info()).swarm.control ? ([2, 3] as const) : ([3, 2] as const);
      await soon("the loss of control", 60_000, async () => !(await docker(worker).info()).swarm.control);
      await join(1, [manager]);
      await sees(manager, await idOf(1), "the returned host ready", isReady);

      const id = await idOf(worker);
      await docker(worker).leaveSwarm({ force: false });
      await sees(manager, id, "the node down", node => node.state === "down");
      await docker(manager).removeNode(id, { force: false });
      expect(await reportedBy(manager, id)).toBe(false);
    });
  });
}
