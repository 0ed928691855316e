// What the etcd driver and all that is built on its port must do, for the twin and for real etcds of each version.
import { afterAll, beforeAll, describe, it } from "vitest";
import type { Clock } from "../../../drivers/clock/port.ts";
import type { Etcd } from "../../../drivers/etcd/port.ts";

/** A process' client, whose network the test commands. */
export interface ClientUnderTest {
  readonly etcd: Etcd;
  /** Silence in both directions. */
  cut(): void;
  heal(): void;
  /** Breaks the connections that stand now; new ones work. */
  disturb(): void;
  /** Until healed, each connection breaks in the middle of a long answer. */
  breakLongAnswers(): void;
  /** Until healed, writes are applied and their answers do not arrive. */
  loseAnswers(): void;
}

export interface MemberUnderTest {
  readonly clientUrl: string;
  readonly peerUrl: string;
  kill(): Promise<void>;
  start(): void;
}

export interface ClusterUnderTest {
  readonly clock: Clock;
  readonly members: readonly MemberUnderTest[];
  /** A client of the members that there are now. */
  connect(): Promise<ClientUnderTest>;
  /** Not a member yet; `join` starts its process after `addLearner(peerUrl)`. */
  spare(): Promise<MemberUnderTest & { join(): Promise<void> }>;
  /** Forgets all history. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a cluster of so many members and waits until it answers. */
export type MakeCluster = (size: number) => Promise<ClusterUnderTest>;

/** The tests of one topic, on a cluster that they share. */
export type Topic = (cluster: () => ClusterUnderTest) => void;

const START_MS = 120_000; // may include building an etcd
const TEST_MS = 60_000;

/** Topics run side by side, the tests of each one after the other. */
export function onCluster(name: string, make: MakeCluster, size: number, topic: Topic): void {
  describe.concurrent(name, { timeout: TEST_MS }, () => {
    let cluster: ClusterUnderTest | undefined;
    beforeAll(async () => {
      cluster = await make(size);
    }, START_MS);
    afterAll(() => cluster?.stop());
    topic(() => {
      if (cluster === undefined) throw new Error("the cluster did not start");
      return cluster;
    });
  });
}

/** A test with a client of its own that is closed afterwards, and a prefix that no other test writes to. */
export function test(
  name: string,
  cluster: () => ClusterUnderTest,
  body: (context: { client: ClientUnderTest; etcd: Etcd; prefix: string; clock: Clock }) => Promise<void>,
): void {
  it.sequential(name, async () => {
    const client = await cluster().connect();
    try {
      const prefix = `/${name.replaceAll(/\W+/g, "-")}/`;
      await body({ client, etcd: client.etcd, prefix, clock: cluster().clock });
    } finally {
      client.heal();
      client.etcd.close();
    }
  });
}

export const put = (etcd: Etcd, key: string, value = "x", lease?: string) =>
  etcd.kv.txn({ if: [], do: [{ put: key, value, ...(lease !== undefined && { lease }) }] });
