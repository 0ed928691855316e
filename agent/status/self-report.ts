// A host that does not come up for the first time, while there is nobody who could tell of it: it speaks for itself. Once
// it has had an assignment, the leader and the controllers say what there is to say.
import { within } from "../../coordination/timeout.ts";
import type { Etcd } from "../../drivers/etcd/port.ts";
import { openVoice } from "../../notifications/notifier.ts";
import type { Agent } from "../context.ts";

const LOOK_MS = 30_000;
/** Hosts that boot together wait for each other. */
const PATIENCE_MS = 180_000;
const ETCD_MS = 3_000;

/** `etcd`: a client, once there is one. Until the signal is aborted; rejects only then, or by a fault of ours. */
export async function speakAlone(agent: Agent, etcd: () => Etcd | undefined, signal: AbortSignal): Promise<void> {
  const { slack, clock, random, log, report, self } = agent;
  const voice = openVoice({ slack, clock, random, say: (level, text) => log[level]({ about: "slack" }, text) });
  const host = { name: self.name, is: `a ${self.role} by its user-data, ${self.address}` };
  const thread = { id: "hosts", title: "hosts" };
  const tell = (level: "info" | "warning", reason: string, text: string) =>
    voice.tell({ at: clock.now(), level, thread, reason, subject: self.id, text, host });

  async function watch(): Promise<void> {
    let since: number | undefined;
    let said = false;
    while (report.facts().assignment === undefined) {
      const [trouble] = report.remarks();
      const alone = trouble !== undefined && !(await hasLeader(agent, etcd()));
      since = alone ? (since ?? clock.monotonic()) : undefined;
      if (trouble && since !== undefined && !said && clock.monotonic() - since >= PATIENCE_MS) {
        tell("warning", "NodeNotComingUp", `${self.name} does not come up: ${trouble.text}`);
        said = true;
      }
      await clock.sleep(LOOK_MS, signal);
    }
    if (said) tell("info", "NodeComingUp", `${self.name} comes up after all`);
  }

  await Promise.all([voice.speak(signal), watch()]);
}

async function hasLeader({ clock, keys }: Agent, etcd: Etcd | undefined): Promise<boolean> {
  const asked = etcd?.kv.get(keys.leader).catch(() => undefined);
  return asked !== undefined && (await within(clock, ETCD_MS, asked)) !== undefined;
}
