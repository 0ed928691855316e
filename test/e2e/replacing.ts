// How a replacement is watched on real hosts: by docker and etcdctl, with a service that is to run throughout.
import { expect } from "vitest";
import type { Host } from "../lab/host.ts";
import { waitFor } from "../lab/wait.ts";
import type { Story } from "./story.ts";
import { rafts, status, tasks, untilReady } from "./swarm.ts";

const REPLICAS = 5;

export function replacing(story: Story) {
  /** A swarm service with five tasks. */
  async function runService(manager: Host): Promise<void> {
    for (const host of story.hosts()) await host.out("docker load -i /opt/lab/busybox.tar");
    await manager.out(
      `docker service create --detach --name five --replicas ${REPLICAS} --stop-grace-period 1s --no-resolve-image busybox:lab sleep 1000000`,
    );
    await untilReplicas(manager);
    await untilReady(manager);
  }

  const untilReplicas = (manager: Host) =>
    waitFor("all replicas to run", 60_000, async saw => {
      const line = await manager.out("docker service ls --filter name=five --format '{{.Replicas}}'");
      saw(line);
      return line === `${REPLICAS}/${REPLICAS}`;
    });

  /** A manager that runs, other than these. */
  async function witnessBesides(...names: string[]): Promise<Host> {
    return waitFor("a manager to ask", 60_000, async () => {
      for (const host of story.hosts()) {
        if (names.includes(host.name) || (await host.state()) !== "running") continue;
        const { code, stdout } = await host.exec("timeout 5 docker info --format '{{.Swarm.ControlAvailable}}'");
        if (code === 0 && stdout.trim() === "true") return host;
      }
      return undefined;
    });
  }

  /** Until three managers are healthy in both rafts, none of them `dead`, and nothing of it is left in either. */
  async function untilReplaced(witness: Host, dead: string): Promise<void> {
    await waitFor(`${dead} to be replaced`, 120_000, async saw => {
      const now = await rafts(story.lab(), witness);
      saw(JSON.stringify(now));
      const whole = now.managers.length === 3 && now.managers.join() === now.voters.join() && now.members === 3;
      return whole && !now.managers.includes(dead) && now.nodes === story.hosts().length - 1;
    });
    await untilReady(witness);
    const running = Object.values(
      await tasks(
        story.hosts().filter(host => host.name !== dead),
        "five",
      ),
    ).flat();
    expect(running.length).toBeGreaterThanOrEqual(REPLICAS - 2);
    await untilReplicas(witness);
  }

  /** Until a host that came back is a worker like the others, its old data wiped. */
  async function untilWorker(witness: Host, host: Host): Promise<void> {
    await waitFor(`${host.name} to be a worker`, 120_000, async saw => {
      const seen = (await status(witness)).nodes.find(node => node.name === host.name && node.phase !== "foreign");
      saw(JSON.stringify(seen));
      return (
        seen?.role === "worker" && seen.swarm?.state === "ready" && seen.etcd === "proxy" && seen.phase === "running"
      );
    });
    expect((await host.exec("test -e /var/lib/swarmkeeper/etcd/member")).code).not.toBe(0);
    await untilReady(witness);
  }

  return { runService, witnessBesides, untilReplaced, untilWorker };
}
