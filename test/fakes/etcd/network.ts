// The network between the nodes of the fake etcd: members and clients on two nodes that are cut off from each other
// neither vote together nor exchange calls. A client without a node reaches everything.

export class Network {
  readonly #cuts = new Set<string>();
  readonly #changed: () => void;

  /** `changed` is called after each change. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** No packet passes between these two groups of addresses, in either direction, until `heal`. */
  cut(some: readonly string[], others: readonly string[]): void {
    for (const a of some) for (const b of others) if (a !== b) this.#cuts.add(pair(a, b));
    this.#changed();
  }

  /** Removes every cut. */
  heal(): void {
    this.#cuts.clear();
    this.#changed();
  }

  joins(one: string | undefined, other: string): boolean {
    return one === undefined || this.#cuts.size === 0 || !this.#cuts.has(pair(one, other));
  }
}

const pair = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);
