// Decides the next step into the one swarm from one observation. Pure, so that a table of tests covers every case.
// A crash between two steps only leads to another observation.

import { andList } from "../../crd-like-specs/lists.ts";
import type { NodeId, SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { SwarmRecord } from "../../crd-like-specs/resources/membership.ts";
import type { EngineInfo } from "../../drivers/docker/port.ts";
import type { Explanation, StatusReason } from "../host/explanation.ts";
import type { AgentState } from "../host/state.ts";

export interface SwarmView {
  readonly self: NodeId;
  /** Only an etcd member that is a manager by its user-data makes the swarm. */
  readonly mayInit: "yes" | "etcd-not-healthy" | "not-an-etcd-member" | "not-a-manager";
  readonly engine: EngineInfo["swarm"];
  /** How long docker has been in the state "pending" without a break. */
  readonly pendingMs: number;
  /** The swarm that this node wrote to its disk before it joined, with its swarm node id once it is in. */
  readonly noted: AgentState["swarm"];
  /** The swarm node that this node was and that a quorum now reports as removed, or undefined. */
  readonly removed: SwarmNodeId | undefined;
  readonly record: SwarmRecord | undefined;
  /** The key of the record, for the operator who has to remove it. */
  readonly recordKey: string;
  /** The key of the worker token if it exists. It is written with the first record, so that a swarm has been made. */
  readonly tokenKey: string | undefined;
}

/** Steps that change the swarm or its record. Each runs under the bootstrap lock. */
export type SwarmAct =
  | { do: "give-up" } // a join that no manager answers
  | { do: "forget-swarm"; node: SwarmNodeId } // a membership that the swarm has ended
  | { do: "announce" } // put the record: initialising, by this node
  | { do: "init" }
  | { do: "complete" } // put the record: ready
  | { do: "join"; swarm: string; managers: readonly string[] };

export type SwarmStep =
  | SwarmAct
  | { do: "settled"; swarm: string }
  | { do: "wait"; why: Explanation }
  | { do: "reject"; why: Explanation };

/**
 * Docker joins in the background with the given addresses, for ever. All of them may be of managers removed long ago.
 */
const PATIENCE_MS = 120_000;
const LEAVE = "if you do not want this node's swarm, run `docker swarm leave --force` on this node";

/** The next step of this node. Pure. */
export function decideSwarm(view: SwarmView): SwarmStep {
  const { engine, removed } = view;
  // In any state of docker: a removed node learns of its removal late or never, and its id is never used again.
  if (removed !== undefined && nodeHere(view) === removed) return { do: "forget-swarm", node: removed };
  switch (engine.state) {
    case "inactive":
      return outside(view);
    case "active":
      return inside(view);
    case "pending":
      // Never after a completed join: that node waits for its managers and must keep its identity.
      if (view.pendingMs > PATIENCE_MS && view.noted?.node === undefined) return { do: "give-up" };
      return engine.node === undefined
        ? wait("SwarmJoining", `docker is joining a swarm ${managersIn(engine)}`)
        : wait("SwarmLeaderless", `docker is searching for the leader of its swarm ${managersIn(engine)}`);
    case "locked":
      return reject("SwarmLocked", "docker's swarm state is locked; unlock it on this node with `docker swarm unlock`");
    case "error":
      return reject(
        "SwarmError",
        `docker cannot enter its swarm${detail(engine.error)}; ` +
          "if this node was removed from the swarm, make docker leave it: `docker swarm leave --force`",
      );
  }
}

/**
 * The swarm node that docker is; undefined outside a swarm. In the state "error", docker does not report it, and the
 * note on disk counts. Docker before 23 enters that state when it is promoted and cannot reach the manager that it
 * tries (moby#37175). No restart ends the state.
 */
export function nodeHere({ engine, noted }: Pick<SwarmView, "engine" | "noted">): SwarmNodeId | undefined {
  if (engine.state === "inactive") return undefined;
  return engine.node ?? (engine.state === "error" ? noted?.node : undefined);
}

function outside(view: SwarmView): SwarmStep {
  const { record } = view;
  if (!record) {
    // A deleted record is no permission to make a second swarm.
    if (view.tokenKey !== undefined) {
      return wait(
        "SwarmRecordDeleted",
        `a swarm has been made, but its record ${view.recordKey} does not exist; the leader writes it again; ` +
          `if that swarm is lost for good, let a node make another: etcdctl del ${view.tokenKey}`,
      );
    }
    if (view.mayInit === "yes") return { do: "announce" };
    return view.mayInit === "etcd-not-healthy" ? waitForEtcd() : wait("NoSwarm", "no manager has made the swarm yet");
  }
  if (record.state === "ready") return { do: "join", swarm: record.id, managers: record.managers };
  if (record.by === view.self) {
    if (view.mayInit === "yes") return { do: "init" };
    if (view.mayInit === "etcd-not-healthy") return waitForEtcd();
    return reject("MayNotMakeSwarm", `${announced(record)}, and must not any more (${view.mayInit}); ${another(view)}`);
  }
  return wait("SwarmInProgress", `${announced(record)}; if that node is lost for good, ${another(view)}`);
}

function inside(view: SwarmView): SwarmStep {
  const { engine, noted, record } = view;
  if (record?.state === "ready") return member(view, record.id);
  const here = engine.cluster ?? noted?.id ?? "an unknown swarm";
  if (!record) {
    return reject(
      "SwarmUnknown",
      `docker is in a swarm already (${here}), but etcd has no record of one: ` +
        `it is another cluster's swarm, or its record was lost; ${LEAVE}`,
    );
  }
  if (record.by !== view.self) {
    return reject("SwarmDiffers", `docker is in a swarm already (${here}), while ${announced(record)}; ${LEAVE}`);
  }
  // This node wrote the record while it was in no swarm, so that it has made the swarm that it is in now.
  return engine.control ? { do: "complete" } : wait("SwarmLeaderless", "docker's new swarm has no leader yet");
}

/** Settled if docker is in the swarm of the record. A manager knows the id of its swarm, a worker only its own id. */
function member({ engine, noted }: SwarmView, wanted: string): SwarmStep {
  if (engine.cluster !== undefined) {
    if (engine.cluster === wanted) return { do: "settled", swarm: wanted };
    return reject("SwarmDiffers", `docker is in swarm ${engine.cluster}, the cluster's swarm is ${wanted}; ${LEAVE}`);
  }
  const joined = noted?.id === wanted && (noted.node === undefined || noted.node === engine.node);
  if (joined) return { do: "settled", swarm: wanted };
  const before = noted === undefined ? "in no swarm" : `node ${noted.node ?? "?"} of swarm ${noted.id}`;
  return reject(
    "SwarmDiffers",
    `docker is node ${engine.node ?? "?"} of a swarm that this agent did not join (its state on disk: ${before}; ` +
      `the cluster's swarm is ${wanted}); ${LEAVE}`,
  );
}

/** The operator's remedy for a node that began to make the swarm and is lost for good. */
const another = (view: SwarmView): string => `let another node make it: etcdctl del ${view.recordKey}`;

function announced(record: Extract<SwarmRecord, { state: "initialising" }>): string {
  return `${record.name} (${record.address}) has been making the swarm since ${record.at}`;
}

const wait = (reason: StatusReason, text: string): SwarmStep => ({ do: "wait", why: { reason, text } });
const reject = (reason: StatusReason, text: string): SwarmStep => ({ do: "reject", why: { reason, text } });
const waitForEtcd = (): SwarmStep => wait("EtcdUnhealthy", "the etcd member on this node is not healthy yet");

const managersIn = ({ remoteManagers, error }: EngineInfo["swarm"]): string =>
  `at ${list(remoteManagers)}${detail(error)}`;
const detail = (error: string): string => (error === "" ? "" : `: ${error}`);
const list = (names: readonly string[]): string => (names.length === 0 ? "an unknown address" : andList(names));
