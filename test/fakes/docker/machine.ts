// A twin engine as its neighbours see it: whether it runs, whom it reaches, and its seat in a swarm, which is on its disk.
import type { Subject } from "rxjs";
import type { SwarmNodeId } from "../../../crd-like-specs/resources/ids.ts";

/** What the disk keeps of a membership. */
export interface RaftSeat {
  /** The swarm's id. */
  readonly swarm: string;
  readonly node: SwarmNodeId;
  /** What the machine itself last knew; one that was off when it was demoted still takes itself for a manager. */
  manager: boolean;
}

export interface Machine {
  readonly name: string;
  readonly address: string;
  readonly engineVersion: string;
  running: boolean;
  /** Counts its starts: a call does not outlive the run that it came in. */
  run: number;
  seat: RaftSeat | undefined;
  /** It has had contact with its swarm since it was started; until then it is "pending". */
  settled: boolean;
  /** A join under way. */
  joining: AbortController | undefined;
  /** Node events and changes of the connection to the engine. */
  readonly events: Subject<void>;
}

/** Whether one machine's packets reach the other; nothing reaches a machine that does not run. */
export type Reaches = (from: Machine, to: Machine) => boolean;

/** The machine runs and sits on this very seat. */
export function sitsOn({ running, seat }: Machine, swarm: string, node: SwarmNodeId): boolean {
  return running && seat?.swarm === swarm && seat.node === node;
}
