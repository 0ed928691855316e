// A host that does not come up for the first time, while there is nobody who could tell of it: it speaks for itself. Once
// it has had an assignment, the leader and the controllers say what there is to say.
import { within } from "../../coordination/timeout.ts";
import type { Etcd } from "../../drivers/etcd/port.ts";
import { openNotifier } from "../../notifications/notifier.ts";
import type { Agent } from "../context.ts";

const POLL_MS = 30_000;
/** Hosts that boot together wait for each other. */
const PATIENCE_MS = 180_000;
const ETCD_MS = 3_000;

/** `etcd`: a client, once there is one. Until the signal is aborted; rejects only then, or by a fault of ours. */
export async function selfReport(agent: Agent, etcd: () => Etcd | undefined, signal: AbortSignal): Promise<void> {
  const { slack, clock, random, log, report, self } = agent;
  const notifier = openNotifier({ slack, clock, random, log: (level, text) => log[level]({ topic: "slack" }, text) });
  const host = { name: self.name, is: `a ${self.role} by its user-data, ${self.address}` };
  const thread = { id: "hosts", title: "hosts" };
  const notify = (severity: "info" | "warning", reason: string, text: string) =>
    notifier.notify({ at: clock.now(), severity, thread, reason, subject: self.id, text, node: host });

  async function watch(): Promise<void> {
    let since: number | undefined;
    let said = false;
    while (report.facts().assignment === undefined) {
      const [problem] = report.statusMessages();
      const alone = problem !== undefined && !(await hasLeader(agent, etcd()));
      since = alone ? (since ?? clock.monotonic()) : undefined;
      if (problem && since !== undefined && !said && clock.monotonic() - since >= PATIENCE_MS) {
        notify("warning", "NodeNotComingUp", `${self.name} does not come up: ${problem.text}`);
        said = true;
      }
      await clock.sleep(POLL_MS, signal);
    }
    if (said) notify("info", "NodeComingUp", `${self.name} comes up after all`);
  }

  await Promise.all([notifier.run(signal), watch()]);
}

async function hasLeader({ clock, keys }: Agent, etcd: Etcd | undefined): Promise<boolean> {
  const asked = etcd?.kv.get(keys.leader).catch(() => undefined);
  return asked !== undefined && (await within(clock, ETCD_MS, asked)) !== undefined;
}
