// Conformance suite of the etcd port and of coordination on top of it, for the fake and for real etcds of each version.
import { afterAll, beforeAll, describe, it } from "vitest";
import type { Clock } from "../../../drivers/clock/port.ts";
import type { Etcd } from "../../../drivers/etcd/port.ts";

/** The client of one process, whose network the test controls. */
export interface ClientUnderTest {
  readonly etcd: Etcd;
  /** Drops everything in both directions, without ending connections. */
  cut(): void;
  /** Ends every fault. */
  heal(): void;
  /** Breaks the current connections. New ones work. */
  disturb(): void;
  /** Breaks each connection in the middle of a long answer, until `heal`. */
  breakLongAnswers(): void;
  /** Drops answers, so that writes are applied without an answer, until `heal`. */
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
  /** A new client of the current members. */
  connect(): Promise<ClientUnderTest>;
  /** A server that is not a member yet. `join` starts its process after `addLearner(peerUrl)`. */
  spare(): Promise<MemberUnderTest & { join(): Promise<void> }>;
  /** Compacts the complete history. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a cluster of `size` members. Resolves when it answers. */
export type MakeCluster = (size: number) => Promise<ClusterUnderTest>;

/** The tests of one topic, on a cluster that they share. */
export type Topic = (cluster: () => ClusterUnderTest) => void;

const START_MS = 120_000; // may include building an etcd
const TEST_MS = 60_000;

/** Registers a topic on its own cluster. Topics run in parallel, the tests of a topic in sequence. */
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

/** Registers a test with its own client, closed afterwards, and with its own prefix, which follows from its title. */
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

/** Writes one key, optionally under a lease. Resolves to the result of the transaction. */
export const put = (etcd: Etcd, key: string, value = "x", lease?: string) =>
  etcd.kv.txn({ if: [], do: [{ put: key, value, ...(lease !== undefined && { lease }) }] });
