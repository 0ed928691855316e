// A twin engine as its neighbours see it: whether it runs, whom it reaches, and its seat in a swarm, which is on its disk.
import type { Subject } from "rxjs";
import type { SwarmNodeId } from "../../../crd-like-specs/ids.ts";

/** What the disk keeps of a membership. */
export interface Seat {
  /** The swarm's id. */
  readonly swarm: string;
  readonly node: SwarmNodeId;
}

export interface Machine {
  readonly name: string;
  readonly address: string;
  readonly engineVersion: string;
  running: boolean;
  seat: Seat | undefined;
  /** A join that goes on in the background. */
  joining: AbortController | undefined;
  /** Node events and changes of the connection to the engine. */
  readonly events: Subject<void>;
}

/** Whether one machine's packets reach the other; nothing reaches a machine that does not run. */
export type Reaches = (from: Machine, to: Machine) => boolean;
