// Measures the change from 3 managers to 5: by swarmkeeper, from the `put` on, and manually with etcdctl, docker and
// systemctl in shells that are already open. The same probe determines the end of both.

import { put, rafts, status, untilManagers, untilReady } from "../test/e2e/swarm.ts";
import type { Host } from "../test/lab/host/host.ts";
import type { Lab } from "../test/lab/lab.ts";
import { waitFor } from "../test/lab/wait.ts";
import { ETCDCTL, promoteManually } from "./manual.ts";
import { openShell, type Shell } from "./shell.ts";

/** Docker delays a promotion by half a minute if the node was demoted less than a minute ago. */
const REST_MS = 65_000;

export interface Measured {
  readonly oursMs: number;
  readonly manualMs: number;
}

/** Measures both ways, first by swarmkeeper. The lab is as before afterwards. Rejects if a wait runs out of time. */
export async function measureRafts(lab: Lab, hosts: readonly Host[]): Promise<Measured> {
  const [h1] = hosts;
  if (!h1) throw new Error("the lab has no hosts");
  const witness = await openShell(h1);
  const started = performance.now();
  await put(h1, "managers", "5");
  await bothAtFive(witness);
  const oursMs = performance.now() - started;
  await untilReady(h1);
  await put(h1, "managers", "3");
  const managers = await untilManagers(lab, h1, 3);
  await untilReady(h1);
  await new Promise(resolve => setTimeout(resolve, REST_MS));
  const workers = hosts.filter(host => !managers.includes(host.name));
  const manualMs = await manually(lab, h1, witness, workers);
  witness.close();
  return { oursMs, manualMs };
}

/** Probes without a pause, because the moment of the end is measured. Throws after 120 s. */
async function bothAtFive(shell: Shell): Promise<void> {
  const probe = `test "$(docker node ls --format '{{.ManagerStatus}}' | grep -cE 'Leader|Reachable')" = 5 && test "$(${ETCDCTL} member list | grep -c 'started.*false$')" = 5`;
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; ) {
    if (
      await shell.run(probe).then(
        () => true,
        () => false,
      )
    )
      return;
  }
  throw new Error("both rafts were not at 5 within 120 s");
}

async function manually(lab: Lab, h1: Host, witness: Shell, workers: readonly Host[]): Promise<number> {
  await put(h1, "paused", "true");
  const shells = await Promise.all(workers.map(async host => ({ host, shell: await openShell(host) })));
  for (const { shell } of shells) await shell.run("systemctl stop swarmkeeper-agent.service");
  try {
    const started = performance.now();
    for (const { host, shell } of shells) await promoteManually(host, shell, witness);
    await bothAtFive(witness);
    return performance.now() - started;
  } finally {
    for (const { host, shell } of shells) await demoteManually(host, shell, witness);
    for (const { shell } of shells) {
      await shell.run("systemctl start --no-block swarmkeeper-agent.service");
      shell.close();
    }
    await put(h1, "paused", "false");
    await waitFor(
      "the cluster to be as before",
      120_000,
      async () => (await status(h1)).ready && (await rafts(lab, h1)).members === 3,
    );
  }
}

async function demoteManually(host: Host, shell: Shell, witness: Shell): Promise<void> {
  await witness.run(`docker node demote ${host.name} >/dev/null 2>&1
    id=$(${ETCDCTL} member list | grep '${host.address}:2380' | cut -d, -f1)
    until [ -z "$id" ] || ${ETCDCTL} member remove $id >/dev/null 2>&1; do sleep 0.5; done`);
  await shell.run(`systemctl stop swarmkeeper-etcd-member.service
    rm -rf /var/lib/swarmkeeper/etcd
    if [ -e /root/etcd.env.before ]; then mv /root/etcd.env.before /etc/swarmkeeper/etcd.env; fi
    systemctl start swarmkeeper-etcd-proxy.service`);
}
