// A machine with a Docker engine: whether it runs, which others it reaches, and the swarm membership on its disk.
import type { Subject } from "rxjs";
import type { SwarmNodeId } from "../../../crd-like-specs/resources/ids.ts";

/** What the disk stores about a membership. */
export interface SwarmMembership {
  /** The swarm's id. */
  readonly swarm: string;
  readonly node: SwarmNodeId;
  /** The last role that the machine knew. If it was off while it was demoted, it still considers itself a manager. */
  manager: boolean;
}

export interface FakeMachine {
  readonly name: string;
  readonly address: string;
  readonly engineVersion: string;
  running: boolean;
  /** Counts the starts. A call ends with the run that it began in. */
  run: number;
  membership: SwarmMembership | undefined;
  /** Whether it has contacted its swarm since its start. Until then it is "pending". */
  settled: boolean;
  /** The join in progress. */
  joining: AbortController | undefined;
  /** Node events and changes of the connection to the engine. */
  readonly events: Subject<void>;
}

/** Whether packets of one machine reach the other. Nothing reaches a machine that does not run. */
export type Reaches = (from: FakeMachine, to: FakeMachine) => boolean;

/** Whether the machine runs as this node of this swarm now. */
export function runsAsNode({ running, membership }: FakeMachine, swarm: string, node: SwarmNodeId): boolean {
  return running && membership?.swarm === swarm && membership.node === node;
}
