// The keys of the fake etcd with their history: revisions, transactions and compaction, as in etcd's MVCC store.
import {
  type Compare,
  EtcdError,
  type KeyValue,
  type Txn,
  type TxnResult,
  type WatchEvent,
  type Write,
} from "../../../drivers/etcd/port.ts";

export interface Revision {
  readonly revision: number;
  readonly events: readonly WatchEvent[];
}

export class Store {
  #revision = 1;
  #compacted = 0;
  readonly #keys = new Map<string, KeyValue>();
  #history: Revision[] = [];

  get revision(): number {
    return this.#revision;
  }

  /** The oldest modRevision that can still be watched. 0 before the first compaction. */
  get compacted(): number {
    return this.#compacted;
  }

  get(key: string): KeyValue | undefined {
    return this.#keys.get(key);
  }

  list(prefix: string): KeyValue[] {
    const found = [...this.#keys.values()].filter(kv => kv.key.startsWith(prefix));
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  txn(txn: Txn, leaseExists: (id: string) => boolean): TxnResult {
    rejectTwice(txn.do);
    if (!txn.if.every(compare => holds(compare, this.#keys.get(compare.key)))) {
      return { succeeded: false, revision: this.#revision };
    }
    for (const write of txn.do) {
      if ("put" in write && write.lease !== undefined && !leaseExists(write.lease)) {
        throw new EtcdError("lease-not-found", `fake etcd: transaction: lease ${write.lease} not found`);
      }
    }
    this.#commit(txn.do);
    return { succeeded: true, revision: this.#revision };
  }

  /** Deletes all keys of a lease, in one revision. */
  dropLease(id: string): void {
    const keys = [...this.#keys.values()].filter(kv => kv.lease === id);
    this.#commit(keys.map(kv => ({ delete: kv.key })));
  }

  /** Discards the history before `revision`, which itself can still be watched. */
  compact(revision: number): void {
    this.#compacted = Math.min(Math.max(this.#compacted, revision), this.#revision);
    this.#history = this.#history.filter(each => each.revision >= this.#compacted);
  }

  /** The history from `from` on (inclusive), or "compacted" if it is discarded. */
  since(from: number): readonly Revision[] | "compacted" {
    if (from < this.#compacted) return "compacted";
    return this.#history.slice(this.#history.findLastIndex(each => each.revision < from) + 1);
  }

  #commit(writes: readonly Write[]): void {
    const revision = this.#revision + 1;
    const events = writes.flatMap(write => this.#write(write, revision));
    if (events.length === 0) return; // a deletion without a key makes no revision
    this.#revision = revision;
    this.#history.push({ revision, events });
  }

  #write(write: Write, revision: number): WatchEvent[] {
    if ("put" in write) {
      const kv: KeyValue = {
        key: write.put,
        value: write.value,
        createRevision: this.#keys.get(write.put)?.createRevision ?? revision,
        modRevision: revision,
        lease: write.lease ?? "0",
      };
      this.#keys.set(kv.key, kv);
      return [{ type: "put", kv }];
    }
    const keys = "delete" in write ? [write.delete] : this.list(write.deletePrefix).map(kv => kv.key);
    const deleted = keys.filter(key => this.#keys.delete(key));
    return deleted.map(key => ({ type: "delete", key, modRevision: revision }));
  }
}

function holds(compare: Compare, kv: KeyValue | undefined): boolean {
  if (compare.target === "value") {
    if (kv === undefined) return false; // as in etcd: an absent key has no value to compare, not even with !=
    return (kv.value === compare.value) === (compare.op === "=");
  }
  const actual = (compare.target === "create" ? kv?.createRevision : kv?.modRevision) ?? 0;
  switch (compare.op) {
    case "=":
      return actual === compare.value;
    case "!=":
      return actual !== compare.value;
    case "<":
      return actual < compare.value;
    case ">":
      return actual > compare.value;
  }
}

/** etcd rejects a transaction that writes a key twice. */
function rejectTwice(writes: readonly Write[]): void {
  const puts = writes.flatMap(write => ("put" in write ? [write.put] : []));
  const again = puts.find((key, index) => {
    const deleted = (write: Write) =>
      "delete" in write ? write.delete === key : "deletePrefix" in write && key.startsWith(write.deletePrefix);
    return puts.indexOf(key) !== index || writes.some(deleted);
  });
  if (again !== undefined) {
    throw new EtcdError("unexpected", `fake etcd: transaction: ${again} is written twice in one transaction`);
  }
}
