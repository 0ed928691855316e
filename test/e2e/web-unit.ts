// The service that the tests of rollouts roll: it says when it is started and stopped, and with which text.
import type { Host } from "../lab/host.ts";
import { waitFor } from "../lab/wait.ts";
import { untilReady } from "./swarm.ts";

export const webUnit = (words: string, more = "") => `[Unit]
Description=${words}
[Service]
ExecStartPre=/bin/sh -c "echo start ${words} $(date +%%s%%3N) >>/run/web.log"
ExecStart=/bin/sleep 100000
ExecStop=/bin/sh -c "echo stop ${words} >>/run/web.log"
${more}`;

export const putFile = (host: Host, name: string, text: string | Buffer) =>
  host.exec(`ETCDCTL_API=3 etcdctl put /swarmkeeper/spec/units/files/${name}`, { stdin: text });

export const logOf = async (host: Host): Promise<string[]> =>
  (await host.exec("cat /run/web.log")).stdout.trim().split("\n").filter(Boolean);

export const isActive = async (host: Host, name: string): Promise<string> =>
  (await host.exec(`systemctl is-active ${name}`)).stdout.trim();

/** When the service was last started with these words, milliseconds since 1970. */
export async function startOf(host: Host, words: string): Promise<number | undefined> {
  const line = (await logOf(host)).findLast(one => one.startsWith(`start ${words} `));
  return line === undefined ? undefined : Number(line.split(" ").at(-1));
}

/** Until each of these has started it with these words, and the rollout is over; in which order they did, and when. */
export async function untilRolled(words: string, on: readonly Host[], witness: Host): Promise<Map<string, number>> {
  const starts = await waitFor(`${words} on ${on.map(({ name }) => name).join(", ")}`, 240_000, async saw => {
    const found: [string, number][] = [];
    for (const host of on) {
      const at = await startOf(host, words);
      if (at !== undefined) found.push([host.name, at]);
    }
    saw(JSON.stringify(found));
    return found.length === on.length ? found : undefined;
  });
  await untilReady(witness);
  return new Map(starts.sort(([, a], [, b]) => a - b));
}
