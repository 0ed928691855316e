// The one way in which a command changes the spec: all of it in one transaction, which does nothing where somebody else
// has put a key meanwhile, and is not tried where etcd would refuse it.
import { specEntries } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { Keyspace } from "../../crd-like-specs/resources/keys.ts";
import type { SpecEntry } from "../../crd-like-specs/settings/spec.ts";
import type { Etcd } from "../../drivers/etcd/port.ts";
import { CliError } from "../terminal/error.ts";
import type { SpecChange } from "./changes.ts";

/** A write waits out an election, for giving up leaves doubt. */
export const WRITE_PATIENCE_MS = 8_000;

/** etcd's own defaults, `--max-txn-ops` and `--max-request-bytes`. */
const MOST_OPERATIONS = 128;
const MOST_BYTES = 1.5 * 1024 * 1024;
/** What an operation takes besides its key and value: tags, lengths, a revision. */
const FRAME_BYTES = 32;

/**
 * `seen` are further keys that the decision was made by, and that must be as they were too. CliError where nothing was
 * written: for another's change at the same moment, or for more than etcd takes at once.
 */
export async function writeSpec(
  etcd: Etcd,
  keys: Keyspace,
  changes: readonly SpecChange[],
  seen: readonly SpecEntry[] = [],
): Promise<void> {
  if (changes.length === 0) return;
  const written = new Map(changes.map(({ path, revision }) => [path, revision]));
  const all = new Map([...seen.map(({ path, modRevision }) => [path, modRevision] as const), ...written]);
  // Conditions are counted like operations: with too many keys it is those that are written that are watched over.
  const guarded = all.size > MOST_OPERATIONS ? written : all;
  rejectTooMuch(keys, changes, guarded.size);
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
  const theirs = [...guarded].filter(([path, revision]) => (now.get(path) ?? 0) !== revision);
  const what = theirs.length === 0 ? "the spec" : theirs.map(([path]) => `spec/${path}`).join(", ");
  throw new CliError(`somebody else changed ${what} at this moment; nothing was written: look, and try again`, 1);
}

function rejectTooMuch(keys: Keyspace, changes: readonly SpecChange[], conditions: number): void {
  if (changes.length > MOST_OPERATIONS) {
    throw new CliError(
      `${changes.length} keys would change, and etcd takes at most ${MOST_OPERATIONS} operations a transaction; ` +
        "nothing was written: do it in parts",
      1,
    );
  }
  const size = (text: string) => Buffer.byteLength(text) + FRAME_BYTES;
  const named = changes.reduce((sum, { path, to }) => sum + size(keys.spec.of(path)) + size(to ?? ""), 0);
  const bytes = named + conditions * size(keys.spec.of("units/files/"));
  if (bytes <= MOST_BYTES) return;
  throw new CliError(
    `the changes have ${(bytes / 1024 / 1024).toFixed(2)} MiB, and etcd takes at most 1.5 MiB a transaction; ` +
      "nothing was written: do it in parts",
    1,
  );
}
