// The swarm of many nodes as rollouts observe it: nodes that are drained by swarmkeeper or manually, and tasks that take
// time to leave a drained node, or never leave.
import type { Action } from "../../controller/plan/actions.ts";
import { swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { SwarmNode } from "../../drivers/docker/port.ts";
import type { Chance } from "./random.ts";

const TASKS = 3;

interface Node {
  availability: "active" | "drain";
  /** Labelled by swarmkeeper as drained. */
  drained: boolean;
  tasks: number;
  /** Since when its tasks must leave, and how many seconds they take; infinite on some nodes. */
  leaving: { since: number; seconds: number } | undefined;
}

export class RollingSwarm {
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly #chance: Chance;
  /** Names of the nodes whose tasks never leave. */
  readonly stuck = new Set<string>();
  /** Violations as sentences. */
  readonly broken: string[] = [];

  constructor(names: readonly string[], chance: Chance) {
    this.#chance = chance;
    this.#nodes = new Map(
      names.map(name => [name, { availability: "active", drained: false, tasks: TASKS, leaving: undefined }]),
    );
  }

  /** What an engine reports about a node. */
  shown(name: string): Pick<SwarmNode, "availability" | "drained"> {
    const { availability, drained } = this.#node(name);
    return { availability, drained };
  }

  tasks(): Map<SwarmNode["id"], number> {
    return new Map([...this.#nodes].map(([name, { tasks }]) => [swarmNodeId(`s${name}`), tasks]));
  }

  isEmpty(name: string): boolean {
    const { availability, tasks } = this.#node(name);
    return availability === "drain" && tasks === 0;
  }

  /** Names of the nodes that swarmkeeper has drained. */
  drained(): string[] {
    return [...this.#nodes].flatMap(([name, { drained }]) => (drained ? [name] : []));
  }

  manually(name: string, availability: Node["availability"], now: number): void {
    this.#set(this.#node(name), availability, now);
  }

  /** Drains a node or ends its drain, as the driver does. */
  apply({ name, drained }: Extract<Action, { type: "swarm-set-drained" }>, now: number): void {
    const node = this.#node(name);
    if (!drained && !node.drained)
      this.broken.push(`the drain of ${name} is ended, although swarmkeeper did not drain it`);
    if (drained && node.availability === "drain") return;
    node.drained = drained;
    this.#set(node, drained ? "drain" : "active", now);
  }

  live(now: number): void {
    for (const [name, node] of this.#nodes) {
      if (node.availability === "active") node.tasks = TASKS;
      else if (node.leaving && !this.stuck.has(name) && now - node.leaving.since >= node.leaving.seconds * 1000)
        node.tasks = 0;
    }
  }

  #set(node: Node, availability: Node["availability"], now: number): void {
    if (node.availability === availability) return;
    node.availability = availability;
    const seconds = this.#chance.percent(5) ? Number.POSITIVE_INFINITY : this.#chance.int(1, 8);
    node.leaving = availability === "drain" ? { since: now, seconds } : undefined;
  }

  #node(name: string): Node {
    const node = this.#nodes.get(name);
    if (!node) throw new Error(`no node ${name}`);
    return node;
  }
}
