// Rejects this node's connections to managers that the leader counts as dead. Docker would otherwise wait for the
// time-out of each, and a manager promoted in the meantime would wait too. It is only an aid: if anything is unclear,
// no rule changes.
import { retry } from "rxjs";
import { informer, type Snapshot } from "../coordination/informer.ts";
import { createWakeup, type Wakeup } from "../coordination/wakeup.ts";
import { reasonOf } from "../crd-like-specs/reason.ts";
import { parseResource } from "../crd-like-specs/resources/parse-resource.ts";
import { explain } from "../crd-like-specs/validation.ts";
import { FirewallError } from "../drivers/firewall/port.ts";
import type { ConnectedAgent } from "./context.ts";

export type Blocker = Pick<
  ConnectedAgent,
  "etcd" | "firewall" | "clock" | "random" | "keys" | "self" | "report" | "log"
>;

/**
 * While an address is blocked: an operator may have flushed the tables, and a node may have come back at the address.
 */
const RECHECK_MS = 15_000;
/** While no address is blocked, only the key matters, and that is watched. */
const IDLE_MS = 3_600_000;

/** Applies the key `blocked` until the signal is aborted. Reports and retries each failure. */
export async function ensureBlocked(agent: Blocker, signal: AbortSignal): Promise<never> {
  const wakeup = createWakeup(agent.clock);
  const watched: { last: Snapshot | undefined } = { last: undefined };
  const watching = watchBlocked(agent, wakeup, signal, snapshot => {
    watched.last = snapshot;
  });
  try {
    for (let blocked: readonly string[] = []; ; ) {
      const wanted = await addressesIn(agent, watched.last);
      if (wanted !== undefined) blocked = await block(agent, wanted, blocked);
      await wakeup.wait(wanted?.length === 0 ? IDLE_MS : RECHECK_MS, signal);
    }
  } finally {
    watching.unsubscribe();
  }
}

function watchBlocked(
  { etcd, clock, random, keys }: Blocker,
  wakeup: Wakeup,
  signal: AbortSignal,
  keep: (snapshot: Snapshot | undefined) => void,
) {
  const broken = () => {
    keep(undefined);
    return clock.sleep(RECHECK_MS, signal);
  };
  return informer(etcd.kv, keys.blocked, { clock, random })
    .pipe(retry({ delay: broken }))
    .subscribe({
      next: snapshot => {
        keep(snapshot);
        wakeup.wake();
      },
      error: () => {}, // only after an abort
    });
}

/** The addresses to block now, sorted. Undefined where they are unknown: the rules stay as they are. */
async function addressesIn(agent: Blocker, snapshot: Snapshot | undefined): Promise<string[] | undefined> {
  const { etcd, keys, self, report } = agent;
  if (snapshot === undefined || snapshot.stale) return undefined;
  const text = snapshot.kvs.get(keys.blocked)?.value;
  if (text === undefined) return [];
  const read = parseResource("BlockedManagers", keys.blocked, text);
  if (!read.ok) {
    report.setMessage("blocked-managers", {
      kind: "failing",
      reason: "BlockedManagersInvalid",
      text: `${explain(read.error)}; the managers that are blocked now stay blocked`,
    });
    return undefined;
  }
  const others = read.value.addresses.filter(address => address !== self.address);
  if (others.length === 0) return [];
  // The leader unblocks an address when a node registers there. A registered node is not blocked even before that.
  const nodes = await etcd.kv.list(keys.nodes.root).catch(() => undefined);
  if (nodes === undefined) return undefined;
  const registered = nodes.kvs.flatMap(({ key, value }) => {
    const node = parseResource("Registration", key, value);
    return node.ok ? [node.value.address] : [];
  });
  return others.filter(address => !registered.includes(address)).sort();
}

/** Returns the addresses that are blocked from now on, as far as is known. */
async function block(
  { firewall, report, log }: Blocker,
  wanted: readonly string[],
  before: readonly string[],
): Promise<readonly string[]> {
  try {
    await firewall.block(wanted);
    report.settle("blocked-managers");
    if (wanted.join() !== before.join()) {
      const what = wanted.length > 0 ? "blocks dead managers" : "blocks no managers any more";
      log.info({ topic: "blocked-managers", addresses: wanted }, what);
    }
    return wanted;
  } catch (error) {
    // A node may lack iptables. That is reported only while an address is to be blocked.
    const idle = error instanceof FirewallError && error.kind === "missing" && wanted.length === 0;
    if (idle) report.settle("blocked-managers");
    else
      report.setMessage("blocked-managers", {
        kind: "failing",
        reason: "BlockingFailed",
        text: `dead managers cannot be blocked: ${reasonOf(error)}`,
      });
    return before;
  }
}
