import { systemClock } from "../../../drivers/clock/real.ts";
import { connectDocker } from "../../../drivers/docker/real.ts";
import { bootFreshLab } from "../../lab/boot.ts";
import { stopPrivateEngine } from "../../lab/engine/engine.ts";
import { waitForDocker } from "../../lab/lab.ts";
import { parseSuite } from "../../lab/suite.ts";
import { innerEngineAgent } from "./inner-engine.ts";
import { dockerSuite } from "./suite.ts";

/** The first boot on a machine also builds the host image. */
const setupMs = 600_000;

/** SUITE=bookworm and SUITE=next test the oldest and the newest supported Docker. */
const suite = parseSuite(process.env.SUITE || "trixie");

dockerSuite(
  `engines on lab hosts, ${suite}`,
  async () => {
    const lab = await bootFreshLab("conf-docker", 3, suite);
    const machines = await lab.hosts();
    const [first] = machines;
    if (!first) throw new Error("the lab has no hosts");
    const hosts = machines.map(host => ({
      name: host.name,
      address: host.address,
      // Longer than the engine's own timeout of 20 s, so that the engine's error arrives.
      docker: connectDocker({ agent: innerEngineAgent(host), timeoutMs: 30_000 }),
      kill: () => host.kill(),
      cut: () => host.cut(),
      heal: () => host.heal(),
      start: async () => {
        await host.start();
        await waitForDocker([host], () => {});
      },
    }));
    return {
      clock: systemClock,
      hosts,
      serve: async ({ name }, tasks) => {
        for (const machine of machines) await machine.out("docker load -i /opt/lab/busybox.tar");
        await first.out(
          `docker service create --detach --name served --replicas ${tasks} --constraint node.hostname==${name} --stop-grace-period 1s --no-resolve-image busybox:lab sleep 1000000`,
        );
        return async () => void (await first.out("docker service rm served"));
      },
      setManually: async ({ name }, availability) =>
        void (await first.out(`docker node update --availability ${availability} ${name}`)),
      nowhere: connectDocker({ socket: "/run/no-engine-here.sock" }),
      close: async () => {
        for (const host of hosts) host.docker.close();
        await lab.remove();
        await stopPrivateEngine(lab.engine);
      },
    };
  },
  setupMs,
);
