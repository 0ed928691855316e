// Reads the state of the cluster inside the lab as an operator would: with commands on a host.
import { z } from "zod";
import { LabError } from "../error.ts";
import type { Host } from "../host/host.ts";
import { step } from "../progress.ts";
import { waitFor } from "../wait.ts";

const READY_DEADLINE_MS = 180_000;

/**
 * Resolves when `swarmkeeper status` on a host reports that the cluster is ready. Asks the next host if one does not
 * answer. LabError after three minutes.
 */
export function waitForCluster(hosts: readonly Host[]): Promise<void> {
  return step("cluster", async report => {
    let asked = 0;
    const probe = async (saw: (what: string) => void) => {
      const host = hosts[asked % hosts.length];
      if (host === undefined) throw new LabError("a cluster without hosts is never ready");
      const { code, stdout, stderr } = await host.exec("swarmkeeper status -o json", { timeoutMs: 20_000 });
      if (code !== 0) {
        asked++;
        saw(`${host.name}: ${stderr.trim().split("\n")[0]}`);
        return false;
      }
      const status = Status.parse(JSON.parse(stdout));
      saw(summary(status, hosts.length));
      return status.ready;
    };
    await waitFor("the cluster to be ready", READY_DEADLINE_MS, probe, { onSaw: report.note });
  });
}

/** The part of `swarmkeeper status -o json` that this module reads. */
const Status = z.looseObject({
  ready: z.boolean(),
  notReady: z.array(z.looseObject({ message: z.string() })),
  nodes: z.array(z.looseObject({ swarm: z.looseObject({ state: z.string() }).optional(), etcd: z.string() })),
});

/** "swarm 4/5 · etcd voters 2 · waiting for h3" */
function summary(status: z.infer<typeof Status>, hosts: number): string {
  const swarm = status.nodes.filter(node => node.swarm?.state === "ready").length;
  const voters = status.nodes.filter(node => ["leader", "voter"].includes(node.etcd)).length;
  return [
    `swarm ${swarm}/${hosts}`,
    `etcd voters ${voters}`,
    ...status.notReady.slice(0, 1).map(({ message }) => message),
  ].join(" · ");
}
