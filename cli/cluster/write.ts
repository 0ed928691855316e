// How a command changes the spec: in one transaction. It changes nothing if a key was written in the meantime, and is not
// sent if etcd would reject its size.
import { specEntries } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { Keyspace } from "../../crd-like-specs/resources/keys.ts";
import type { SpecEntry } from "../../crd-like-specs/settings/spec.ts";
import type { Etcd } from "../../drivers/etcd/port.ts";
import { CliError } from "../terminal/error.ts";
import type { SpecChange } from "./changes.ts";

/** Longer than an election in etcd: after a time-out it is unknown whether the write happened. */
export const WRITE_PATIENCE_MS = 8_000;

/** etcd's own defaults, `--max-txn-ops` and `--max-request-bytes`. */
const MOST_OPERATIONS = 128;
const MOST_BYTES = 1.5 * 1024 * 1024;
/** Size of an operation without its key and value: tags, lengths, a mod revision. */
const FRAME_BYTES = 32;

/**
 * Writes the changes. `read`: further keys that the decision depends on, and that must be unchanged too. CliError if
 * nothing was written: because a key changed at the same moment, or because etcd does not accept as much at once.
 */
export async function writeSpec(
  etcd: Etcd,
  keys: Keyspace,
  changes: readonly SpecChange[],
  read: readonly SpecEntry[] = [],
): Promise<void> {
  if (changes.length === 0) return;
  const written = new Map(changes.map(({ path, modRevision }) => [path, modRevision]));
  const all = new Map([...read.map(({ path, modRevision }) => [path, modRevision] as const), ...written]);
  // etcd limits conditions like operations. With too many keys, only those that are written are compared.
  const guarded = all.size > MOST_OPERATIONS ? written : all;
  assertAccepted(keys, changes, guarded.size);
  const { succeeded } = await etcd.kv.txn({
    if: [...guarded].map(([path, value]) => ({ key: keys.spec.of(path), target: "mod", op: "=", value })),
    do: changes.map(({ path, to }) =>
      to === undefined ? { delete: keys.spec.of(path) } : { put: keys.spec.of(path), value: to },
    ),
  });
  if (succeeded) return;
  const now = new Map(
    specEntries(keys, (await etcd.kv.list(keys.spec.root)).kvs).map(({ path, modRevision }) => [path, modRevision]),
  );
  const changed = [...guarded].filter(([path, modRevision]) => (now.get(path) ?? 0) !== modRevision);
  const what = changed.length === 0 ? "the spec" : changed.map(([path]) => `spec/${path}`).join(", ");
  throw new CliError(`${what} changed at the same moment; nothing was written: check the spec and try again`, 1);
}

function assertAccepted(keys: Keyspace, changes: readonly SpecChange[], conditions: number): void {
  if (changes.length > MOST_OPERATIONS) {
    throw new CliError(
      `${changes.length} keys would change, and etcd accepts at most ${MOST_OPERATIONS} operations a transaction; ` +
        "nothing was written: split the change",
      1,
    );
  }
  const size = (text: string) => Buffer.byteLength(text) + FRAME_BYTES;
  const named = changes.reduce((sum, { path, to }) => sum + size(keys.spec.of(path)) + size(to ?? ""), 0);
  const bytes = named + conditions * size(keys.spec.of("units/files/"));
  if (bytes <= MOST_BYTES) return;
  throw new CliError(
    `the changes are ${(bytes / 1024 / 1024).toFixed(2)} MiB, and etcd accepts at most 1.5 MiB a transaction; ` +
      "nothing was written: split the change",
    1,
  );
}
