// The service that the tests of rollouts change: it logs each start and stop with the marker of its text.
import type { Host } from "../lab/host/host.ts";
import { waitFor } from "../lab/wait.ts";
import { untilReady } from "./swarm.ts";

/** The text of web.service. `marker` is what its log lines contain. */
export const webUnit = (marker: string, more = "") => `[Unit]
Description=${marker}
[Service]
ExecStartPre=/bin/sh -c "echo start ${marker} $(date +%%s%%3N) >>/run/web.log"
ExecStart=/bin/sleep 100000
ExecStop=/bin/sh -c "echo stop ${marker} >>/run/web.log"
${more}`;

/** Writes the text of a unit file into the spec through this host. Any exit code is a result. */
export const putFile = (host: Host, name: string, text: string | Buffer) =>
  host.exec(`ETCDCTL_API=3 etcdctl put /swarmkeeper/spec/units/files/${name}`, { stdin: text });

/** The lines of the service's log on this host: `start MARKER TIME` and `stop MARKER`, oldest first. */
export const logOf = async (host: Host): Promise<string[]> =>
  (await host.exec("cat /run/web.log")).stdout.trim().split("\n").filter(Boolean);

/** The state of a unit as `systemctl is-active` prints it: "active", "inactive", "failed", … */
export const isActive = async (host: Host, name: string): Promise<string> =>
  (await host.exec(`systemctl is-active ${name}`)).stdout.trim();

/** When the service last started with this marker, milliseconds since 1970; undefined if it never did. */
export async function startOf(host: Host, marker: string): Promise<number | undefined> {
  const line = (await logOf(host)).findLast(one => one.startsWith(`start ${marker} `));
  return line === undefined ? undefined : Number(line.split(" ").at(-1));
}

/** Waits until `swarmkeeper rollout status` on this host shows the state. */
export const untilRollout = (state: string, host: Host, deadlineMs: number): Promise<true> =>
  waitFor(`the rollout to be ${state}`, deadlineMs, async saw => {
    const now: unknown = JSON.parse((await host.exec("swarmkeeper rollout status -o json")).stdout).state;
    saw(String(now));
    return now === state;
  });

/**
 * Waits until each of these hosts has started the service with this marker and the cluster is ready. Resolves to the
 * starts by host name, milliseconds since 1970, in their order.
 */
export async function untilRolled(marker: string, on: readonly Host[], witness: Host): Promise<Map<string, number>> {
  const starts = await waitFor(`${marker} on ${on.map(({ name }) => name).join(", ")}`, 240_000, async saw => {
    const found: [string, number][] = [];
    for (const host of on) {
      const at = await startOf(host, marker);
      if (at !== undefined) found.push([host.name, at]);
    }
    saw(JSON.stringify(found));
    return found.length === on.length ? found : undefined;
  });
  await untilReady(witness);
  return new Map(starts.sort(([, a], [, b]) => a - b));
}
