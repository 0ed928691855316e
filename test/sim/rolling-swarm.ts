// The swarm of many hosts as rollouts see it: nodes that can be drained, by us or by hand, and tasks that take their
// time to leave a drained one, or never do.
import type { Action } from "../../controller/plan/actions.ts";
import { swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { SwarmNode } from "../../drivers/docker/port.ts";
import type { Chance } from "./random.ts";

const TASKS = 3;

interface Node {
  availability: "active" | "drain";
  /** Our mark. */
  drained: boolean;
  tasks: number;
  /** Since when its tasks are to leave, and how many seconds they take; for ever on some. */
  leaving: { since: number; seconds: number } | undefined;
}

export class RollingSwarm {
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly #chance: Chance;
  /** Names of hosts whose tasks never leave. */
  readonly stuck = new Set<string>();
  /** Broken promises in words. */
  readonly broken: string[] = [];

  constructor(names: readonly string[], chance: Chance) {
    this.#chance = chance;
    this.#nodes = new Map(
      names.map(name => [name, { availability: "active", drained: false, tasks: TASKS, leaving: undefined }]),
    );
  }

  /** What the engine shows of a host's node. */
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

  /** Names of nodes that bear our mark. */
  ours(): string[] {
    return [...this.#nodes].flatMap(([name, { drained }]) => (drained ? [name] : []));
  }

  manually(name: string, availability: Node["availability"], now: number): void {
    this.#set(this.#node(name), availability, now);
  }

  /** As the driver does it. */
  apply({ name, drained }: Extract<Action, { type: "swarm-set-drained" }>, now: number): void {
    const node = this.#node(name);
    if (!drained && !node.drained) this.broken.push(`the drain of ${name} is undone, which is not ours`);
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
