// One look at the world, one next step towards the one swarm: pure, so that every case stands in a table of tests.
// A crash between any two steps is just another world to look at.

import { andList } from "../../crd-like-specs/lists.ts";
import type { NodeId, SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { SwarmRecord } from "../../crd-like-specs/resources/membership.ts";
import type { EngineInfo } from "../../drivers/docker/port.ts";
import type { AgentState } from "../host/state.ts";

export interface SwarmView {
  readonly self: NodeId;
  /** Only a host that its user-data made a manager, and that is an etcd member, makes the swarm. */
  readonly mayInit: "yes" | "etcd-not-healthy" | "not-an-etcd-member" | "not-a-manager";
  readonly engine: EngineInfo["swarm"];
  /** How long docker has been seen in the state "pending" without a break. */
  readonly pendingMs: number;
  /** What this host noted on its disk before it joined, and its node id since it has. */
  readonly noted: AgentState["swarm"];
  /** The node that this host was and that the swarm has removed: a quorum's word at this look, or undefined. */
  readonly removed: SwarmNodeId | undefined;
  readonly record: SwarmRecord | undefined;
  /** The key of the record, for the operator who has to remove it. */
  readonly recordKey: string;
  /** The key of the worker token where there is one: it is written with the first record, so a swarm has been made. */
  readonly tokenKey: string | undefined;
}

/** Steps that change the swarm or its record; each is taken inside the bootstrap lock. */
export type SwarmAct =
  | { do: "give-up" } // a join that leads nowhere
  | { do: "forget-swarm"; node: SwarmNodeId } // a membership that the swarm has ended
  | { do: "announce" } // put the record: initialising, by this host
  | { do: "init" }
  | { do: "complete" } // put the record: ready
  | { do: "join"; swarm: string; managers: readonly string[] };

export type SwarmStep =
  | SwarmAct
  | { do: "settled"; swarm: string }
  | { do: "wait"; why: string }
  | { do: "reject"; why: string };

/** A join goes on in the background with the addresses it was given, for ever; they may all be of managers long gone. */
const PATIENCE_MS = 120_000;
const LEADERLESS = "the etcd member on this host is not healthy yet";
const LEAVE = "if this host's swarm is not the one wanted, run `docker swarm leave --force` here";

export function decideSwarm(view: SwarmView): SwarmStep {
  const { engine, removed } = view;
  // Whatever docker says of itself: a removed node comes to know it late, or never, and its id is given to no other.
  if (removed !== undefined && nodeHere(view) === removed) return { do: "forget-swarm", node: removed };
  switch (engine.state) {
    case "inactive":
      return outside(view);
    case "active":
      return inside(view);
    case "pending":
      // Never where it had joined before: that node waits for its managers, and its identity is worth keeping.
      if (view.pendingMs > PATIENCE_MS && view.noted?.node === undefined) return { do: "give-up" };
      return wait(
        `docker ${engine.node === undefined ? "is joining a swarm" : "looks for the leader of its swarm"} at ` +
          `${list(engine.remoteManagers)}${reason(engine.error)}`,
      );
    case "locked":
      return reject("docker's swarm state is locked; unlock it here with `docker swarm unlock`");
    case "error":
      return reject(
        `docker cannot enter its swarm${reason(engine.error)}; ` +
          "if this host was removed from the swarm, let it forget that: `docker swarm leave --force`",
      );
  }
}

/**
 * The node that docker is, also in the state "error", where it does not say: docker before 23 comes to that when it is
 * promoted and cannot reach the manager that it tries (moby#37175), and no restart gets it out.
 */
export function nodeHere({ engine, noted }: Pick<SwarmView, "engine" | "noted">): SwarmNodeId | undefined {
  if (engine.state === "inactive") return undefined;
  return engine.node ?? (engine.state === "error" ? noted?.node : undefined);
}

function outside(view: SwarmView): SwarmStep {
  const { record } = view;
  if (!record) {
    // A record that somebody deleted is no leave to make a second swarm.
    if (view.tokenKey !== undefined) {
      return wait(
        `a swarm has been made, but its record ${view.recordKey} is gone; the leading controller writes it anew; ` +
          `if that swarm is gone for good, let another be made: etcdctl del ${view.tokenKey}`,
      );
    }
    if (view.mayInit === "yes") return { do: "announce" };
    return wait(view.mayInit === "etcd-not-healthy" ? LEADERLESS : "no manager has made the swarm yet");
  }
  if (record.state === "ready") return { do: "join", swarm: record.id, managers: record.managers };
  if (record.by === view.self) {
    if (view.mayInit === "yes") return { do: "init" };
    if (view.mayInit === "etcd-not-healthy") return wait(LEADERLESS);
    return reject(`${announced(record)}, and may not any more (${view.mayInit}); ${another(view)}`);
  }
  return wait(`${announced(record)}; if that host is gone for good, ${another(view)}`);
}

function inside(view: SwarmView): SwarmStep {
  const { engine, noted, record } = view;
  if (record?.state === "ready") return member(view, record.id);
  const here = engine.cluster ?? noted?.id ?? "an unknown swarm";
  if (!record) {
    return reject(
      `docker is in a swarm already (${here}), and etcd knows of none: a foreign swarm, or one whose record was lost; ` +
        LEAVE,
    );
  }
  if (record.by !== view.self) {
    return reject(`docker is in a swarm already (${here}), while ${announced(record)}; ${LEAVE}`);
  }
  // Announced by this host while it was in no swarm: what it is in now, it has made.
  return engine.control ? { do: "complete" } : wait("docker's new swarm has no leader yet");
}

/** Is the swarm that docker is in the one of the record? A manager knows its swarm's id, a worker only its own. */
function member({ engine, noted }: SwarmView, wanted: string): SwarmStep {
  if (engine.cluster !== undefined) {
    if (engine.cluster === wanted) return { do: "settled", swarm: wanted };
    return reject(`docker is in swarm ${engine.cluster}, the cluster's swarm is ${wanted}; ${LEAVE}`);
  }
  const joined = noted?.id === wanted && (noted.node === undefined || noted.node === engine.node);
  if (joined) return { do: "settled", swarm: wanted };
  const before = noted === undefined ? "in no swarm" : `node ${noted.node ?? "?"} of swarm ${noted.id}`;
  return reject(
    `docker is node ${engine.node ?? "?"} of a swarm that this agent did not join (it noted: ${before}; ` +
      `the cluster's swarm is ${wanted}); ${LEAVE}`,
  );
}

/** What an operator does about a host that began to make the swarm and is gone for good. */
const another = (view: SwarmView): string => `let another begin: etcdctl del ${view.recordKey}`;

function announced(record: Extract<SwarmRecord, { state: "initialising" }>): string {
  return `${record.name} (${record.address}) has been making the swarm since ${record.at}`;
}

const wait = (why: string): SwarmStep => ({ do: "wait", why });
const reject = (why: string): SwarmStep => ({ do: "reject", why });
const reason = (error: string): string => (error === "" ? "" : `: ${error}`);
const list = (names: readonly string[]): string => (names.length === 0 ? "an unknown address" : andList(names));
