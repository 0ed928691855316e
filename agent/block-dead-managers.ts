// Keeps this host from dialling managers that the leader judged dead: docker would wait for each of them until its
// time-outs, and a manager promoted in the meantime would wait with it. Only a help: in every doubt the rules stay as they are.
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

/** While anything is refused: somebody may have emptied the tables, and a host may have come back under the address. */
const RECHECK_MS = 15_000;
/** With nothing to refuse there is nothing to look at. */
const IDLE_MS = 3_600_000;

/** Follows `shunned` for as long as it is not aborted. Every failure is said, and tried again. */
export async function ensureBlocked(agent: Blocker, signal: AbortSignal): Promise<never> {
  const wakeup = createWakeup(agent.clock);
  const seen: { last: Snapshot | undefined } = { last: undefined };
  const watching = watchBlocked(agent, wakeup, signal, snapshot => {
    seen.last = snapshot;
  });
  try {
    for (let blocked: readonly string[] = []; ; ) {
      const wanted = await addressesIn(agent, seen.last);
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
      error: () => {}, // only when told to stop
    });
}

/** What shall be refused now; undefined where that cannot be known, and everything stays as it is. */
async function addressesIn(agent: Blocker, seen: Snapshot | undefined): Promise<string[] | undefined> {
  const { etcd, keys, self, report } = agent;
  if (seen === undefined || seen.stale) return undefined;
  const text = seen.kvs.get(keys.blocked)?.value;
  if (text === undefined) return [];
  const read = parseResource("BlockedManagers", keys.blocked, text);
  if (!read.ok) {
    const why = `${explain(read.error)}; whoever was refused for the swarm stays so`;
    report.setMessage("shun", { kind: "failing", text: why });
    return undefined;
  }
  const others = read.value.addresses.filter(address => address !== self.address);
  if (others.length === 0) return [];
  // The leader lifts it when a host registers there; one that is busy or gone keeps nobody from a living host.
  const nodes = await etcd.kv.list(keys.nodes.root).catch(() => undefined);
  if (nodes === undefined) return undefined;
  const living = nodes.kvs.flatMap(({ key, value }) => {
    const node = parseResource("Registration", key, value);
    return node.ok ? [node.value.address] : [];
  });
  return others.filter(address => !living.includes(address)).sort();
}

/** Returns what is refused from now on, as far as is known. */
async function block(
  { firewall, report, log }: Blocker,
  wanted: readonly string[],
  before: readonly string[],
): Promise<readonly string[]> {
  try {
    await firewall.block(wanted);
    report.settle("shun");
    if (wanted.join() !== before.join()) {
      const what = wanted.length > 0 ? "refuses to dial managers judged dead" : "refuses to dial no manager any more";
      log.info({ topic: "shun", addresses: wanted }, what);
    }
    return wanted;
  } catch (error) {
    // A host without iptables lives without: it is said while it would be of use.
    const idle = error instanceof FirewallError && error.kind === "missing" && wanted.length === 0;
    if (idle) report.settle("shun");
    else report.setMessage("shun", { kind: "failing", text: `dead managers are still dialled: ${reasonOf(error)}` });
    return before;
  }
}
