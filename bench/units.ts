// Measures the time from the put of a unit's text to the unit's start on one node, and the time of a minimal script on
// the same node: a bare watch that writes the file, reloads systemd and restarts the unit.
import { etcdctl, put, untilReady } from "../test/e2e/swarm.ts";
import { putFile, startOf, untilRolled, untilRollout, webUnit } from "../test/e2e/web-unit.ts";
import type { Host } from "../test/lab/host/host.ts";
import { waitFor } from "../test/lab/wait.ts";

const SAMPLES = 15;
const BARE_KEY = "/bare/web.service";

export interface UnitsMeasure {
  readonly bareMs: readonly number[];
  readonly oursMs: readonly number[];
}

/** `worker` is the first node of a rollout. Samples of both alternate, so that the load of the machine is the same. */
export async function measureUnits(witness: Host, worker: Host): Promise<UnitsMeasure> {
  await put(witness, "rollout/min-healthy-seconds", "1");
  await putFile(witness, "web.service", webUnit("first"));
  await put(witness, "units/worker", "web.service");
  await untilRolled("first", [worker], witness);
  await untilRollout("complete", witness, 60_000);
  const stop = await bareLoop(worker);
  const bareMs: number[] = [];
  const oursMs: number[] = [];
  try {
    for (let n = 0; n < SAMPLES; n++) {
      bareMs.push(await sample(worker, `bare-${n}`, `put ${BARE_KEY}`));
      oursMs.push(await sample(worker, `ours-${n}`, "put /swarmkeeper/spec/units/files/web.service"));
      // Otherwise the next sample would wait for the rest of this rollout.
      await untilRollout("complete", witness, 60_000);
    }
  } finally {
    await stop();
    await put(witness, "units/worker", "");
    await etcdctl(witness, `del ${BARE_KEY}`);
    await untilReady(witness);
  }
  return { bareMs, oursMs };
}

/** Milliseconds on the host's clock from the start of etcdctl to ExecStartPre of the unit's new text. */
async function sample(host: Host, marker: string, command: string): Promise<number> {
  const begun = await host.exec(`date +%s%3N; ETCDCTL_API=3 etcdctl ${command} >/dev/null`, {
    // No start limit: systemd must start the unit although it restarts often.
    stdin: webUnit(marker, "# end\n").replace("[Unit]\n", "[Unit]\nStartLimitIntervalSec=0\n"),
  });
  const started = await waitFor(`${marker} to start`, 30_000, () => startOf(host, marker), { pauseMs: 100 });
  return started - Number(begun.stdout.trim());
}

async function bareLoop(host: Host): Promise<() => Promise<void>> {
  const script = `#!/bin/bash
ETCDCTL_API=3 stdbuf -oL etcdctl watch ${BARE_KEY} | while IFS= read -r line; do
  case "$line" in
    PUT) read -r _; text= ;;
    "# end") printf '%s' "$text" >/etc/systemd/system/bare.service; systemctl daemon-reload; systemctl restart bare.service ;;
    *) text="$text$line"$'\\n' ;;
  esac
done`;
  await host.exec("cat >/run/bare.sh", { stdin: script });
  await host.out("systemd-run --unit bare-loop bash /run/bare.sh");
  return async () => {
    await host.exec("systemctl stop bare-loop bare; rm -f /etc/systemd/system/bare.service; systemctl daemon-reload");
  };
}
