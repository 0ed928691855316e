// Observes the replacement of a manager on real hosts by docker and etcdctl, while a service keeps running.
import { expect } from "vitest";
import type { Host } from "../lab/host/host.ts";
import { waitFor } from "../lab/wait.ts";
import type { Scenario } from "./lab-scenario.ts";
import { rafts, status, tasks, untilReady } from "./swarm.ts";

const REPLICAS = 5;

/** Steps and waits for the tests of a replacement. */
export function replacing(scenario: Scenario) {
  /** Starts a swarm service with five tasks and waits until they run. */
  async function runService(manager: Host): Promise<void> {
    for (const host of scenario.hosts()) await host.out("docker load -i /opt/lab/busybox.tar");
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

  /** Resolves to a running manager other than these. */
  async function witnessExcept(...names: string[]): Promise<Host> {
    return waitFor("another manager that answers", 60_000, async () => {
      for (const host of scenario.hosts()) {
        if (names.includes(host.name) || (await host.state()) !== "running") continue;
        const { code, stdout } = await host.exec("timeout 5 docker info --format '{{.Swarm.ControlAvailable}}'");
        if (code === 0 && stdout.trim() === "true") return host;
      }
      return undefined;
    });
  }

  /** Waits until three other managers are healthy in both rafts and no trace of `dead` is left in either. */
  async function untilReplaced(witness: Host, dead: string): Promise<void> {
    await waitFor(`${dead} to be replaced`, 120_000, async saw => {
      const now = await rafts(scenario.lab(), witness);
      saw(JSON.stringify(now));
      const whole = now.managers.length === 3 && now.managers.join() === now.voters.join() && now.members === 3;
      return whole && !now.managers.includes(dead) && now.nodes === scenario.hosts().length - 1;
    });
    await untilReady(witness);
    const running = Object.values(
      await tasks(
        scenario.hosts().filter(host => host.name !== dead),
        "five",
      ),
    ).flat();
    expect(running.length).toBeGreaterThanOrEqual(REPLICAS - 2);
    await untilReplicas(witness);
  }

  /** Waits until a returned host is a worker like the others. Expects that its old etcd data is wiped. */
  async function untilWorker(witness: Host, host: Host): Promise<void> {
    await waitFor(`${host.name} to be a worker`, 120_000, async saw => {
      const seen = (await status(witness)).nodes.find(node => node.name === host.name && node.phase !== "unmanaged");
      saw(JSON.stringify(seen));
      return (
        seen?.role === "worker" && seen.swarm?.state === "ready" && seen.etcd === "proxy" && seen.phase === "running"
      );
    });
    expect((await host.exec("test -e /var/lib/swarmkeeper/etcd/member")).code).not.toBe(0);
    await untilReady(witness);
  }

  return { runService, witnessExcept, untilReplaced, untilWorker };
}
