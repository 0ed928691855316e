// The wires between the hosts of the twin: members and clients on two hosts that are cut off from each other neither
// vote together nor talk. Without a host a client stands outside and reaches everything.

export class Network {
  readonly #cuts = new Set<string>();
  readonly #changed: () => void;

  /** `changed` is called after each change. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Nothing passes between these two groups of hosts (host parts of URLs), in either direction, until healed. */
  cut(some: readonly string[], others: readonly string[]): void {
    for (const a of some) for (const b of others) if (a !== b) this.#cuts.add(pair(a, b));
    this.#changed();
  }

  /** Mends every cut. */
  heal(): void {
    this.#cuts.clear();
    this.#changed();
  }

  joins(one: string | undefined, other: string): boolean {
    return one === undefined || this.#cuts.size === 0 || !this.#cuts.has(pair(one, other));
  }
}

const pair = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);
