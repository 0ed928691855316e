// A machine with a Docker engine: whether it runs, which others it reaches, and the swarm membership on its disk.
import type { Subject } from "rxjs";
import type { SwarmNodeId } from "../../../crd-like-specs/resources/ids.ts";

/** What the disk keeps of a membership. */
export interface SwarmMembership {
  /** The swarm's id. */
  readonly swarm: string;
  readonly node: SwarmNodeId;
  /** What the machine itself last knew; one that was off when it was demoted still takes itself for a manager. */
  manager: boolean;
}

export interface FakeMachine {
  readonly name: string;
  readonly address: string;
  readonly engineVersion: string;
  running: boolean;
  /** Counts its starts: a call does not outlive the run that it came in. */
  run: number;
  membership: SwarmMembership | undefined;
  /** It has had contact with its swarm since it was started; until then it is "pending". */
  settled: boolean;
  /** A join under way. */
  joining: AbortController | undefined;
  /** Node events and changes of the connection to the engine. */
  readonly events: Subject<void>;
}

/** Whether one machine's packets reach the other; nothing reaches a machine that does not run. */
export type Reaches = (from: FakeMachine, to: FakeMachine) => boolean;

/** Whether the machine runs as this node of this swarm now. */
export function runsAsNode({ running, membership }: FakeMachine, swarm: string, node: SwarmNodeId): boolean {
  return running && membership?.swarm === swarm && membership.node === node;
}
