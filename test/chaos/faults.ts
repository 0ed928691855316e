// The faults that chaos injects into the lab's hosts. One fault at a time, and each ends before the next begins, so
// that a majority always runs and no fault itself can violate an invariant.
import { setTimeout as sleep } from "node:timers/promises";
import { put } from "../e2e/swarm.ts";
import type { Host } from "../lab/host/host.ts";
import type { Chance } from "../sim/random.ts";

export interface Fault {
  readonly name: string;
  /** Injects the fault into a host. Resolves when it is over. */
  readonly inject: (host: Host, chance: Chance) => Promise<void>;
}

const seconds = (chance: Chance, from: number, to: number) => sleep(chance.int(from, to) * 1000);

/** Kills one process of a unit without a warning. */
const endProcess = (unit: string): Fault => ({
  name: `kill -9 ${unit}`,
  inject: async host => {
    await host.exec(`systemctl kill --signal=KILL ${unit}`);
  },
});

export const FAULTS: readonly Fault[] = [
  {
    name: "loses power for a moment",
    inject: async (host, chance) => {
      await host.kill();
      await seconds(chance, 1, 8);
      await host.start();
    },
  },
  {
    name: "loses power for a long time",
    inject: async (host, chance) => {
      await host.kill();
      await seconds(chance, 40, 75);
      await host.start();
    },
  },
  {
    name: "stalls",
    inject: async (host, chance) => {
      await host.pause();
      await seconds(chance, 5, 25);
      await host.resume();
    },
  },
  {
    name: "loses the network",
    inject: async (host, chance) => {
      await host.cut();
      await seconds(chance, 5, 60);
      await host.heal();
    },
  },
  {
    name: "reboots in an orderly way",
    inject: async host => {
      await host.stop();
      await host.start();
    },
  },
  {
    name: "has its Docker stopped",
    inject: async (host, chance) => {
      await host.exec("systemctl stop docker.socket docker.service");
      await seconds(chance, 3, 20);
      await host.exec("systemctl start docker.service");
    },
  },
  endProcess("swarmkeeper-agent.service"),
  endProcess("swarmkeeper-controller.service"),
  endProcess("swarmkeeper-etcd-member.service"),
];

export interface OperatorAction {
  readonly name: string;
  /** Resolves when etcd has accepted the change on this host. */
  readonly run: (through: Host) => Promise<unknown>;
}

/** Changes of the spec that an operator makes during the faults. 4 is invalid and must be rejected. */
export const OPERATOR_ACTIONS: readonly OperatorAction[] = [
  { name: "put managers 5", run: host => put(host, "managers", "5") },
  { name: "put managers 3", run: host => put(host, "managers", "3") },
  { name: "put managers 4", run: host => put(host, "managers", "4") },
];
