// A new node that does not come up notifies Slack itself while no controller leads. Once it has an assignment, the
// leader sends its events.
import { within } from "../../coordination/timeout.ts";
import type { Etcd } from "../../drivers/etcd/port.ts";
import { openNotifier } from "../../notifications/notifier.ts";
import type { Agent } from "../context.ts";

const POLL_MS = 30_000;
/** Nodes that boot together wait for each other. */
const PATIENCE_MS = 180_000;
const ETCD_MS = 3_000;

/**
 * Runs until the signal is aborted. `etcd` returns a client once there is one. Rejects when aborted, or on an error
 * that the agent did not expect.
 */
export async function selfReport(agent: Agent, etcd: () => Etcd | undefined, signal: AbortSignal): Promise<void> {
  const { slack, clock, random, log, report, self } = agent;
  const notifier = openNotifier({ slack, clock, random, log: (level, text) => log[level]({ topic: "slack" }, text) });
  const sender = { name: self.name, is: `a ${self.role} by its user-data, ${self.address}` };
  const thread = { id: "nodes", title: "nodes" };
  const notify = (severity: "info" | "warning", reason: string, text: string) =>
    notifier.notify({ at: clock.now(), severity, thread, reason, subject: self.id, text, node: sender });

  async function watch(): Promise<void> {
    let since: number | undefined;
    let notified = false;
    while (report.facts().assignment === undefined) {
      const [problem] = report.statusMessages();
      const reportsItself = problem !== undefined && !(await hasLeader(agent, etcd()));
      since = reportsItself ? (since ?? clock.monotonic()) : undefined;
      if (problem && since !== undefined && !notified && clock.monotonic() - since >= PATIENCE_MS) {
        notify("warning", "NodeNotComingUp", `${self.name} does not come up: ${problem.text}`);
        notified = true;
      }
      await clock.sleep(POLL_MS, signal);
    }
    if (notified) notify("info", "NodeComingUp", `${self.name} comes up now`);
  }

  await Promise.all([notifier.run(signal), watch()]);
}

async function hasLeader({ clock, keys }: Agent, etcd: Etcd | undefined): Promise<boolean> {
  const leader = etcd?.kv.get(keys.leader).catch(() => undefined);
  return leader !== undefined && (await within(clock, ETCD_MS, leader)) !== undefined;
}
