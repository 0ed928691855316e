// What befalls the lab's hosts, chosen by chance: one fault at a time, and each is over before the next begins, so that
// a majority is always left and nothing that goes wrong can be blamed on it.
import { setTimeout as sleep } from "node:timers/promises";
import { put } from "../e2e/swarm.ts";
import type { Host } from "../lab/host.ts";
import type { Chance } from "../sim/random.ts";

export interface Fault {
  readonly name: string;
  /** Does it to a host, and resolves when it is over. */
  readonly strike: (host: Host, chance: Chance) => Promise<void>;
}

const seconds = (chance: Chance, from: number, to: number) => sleep(chance.int(from, to) * 1000);

/** Ends one process of a unit with no word to it. */
const endProcess = (unit: string): Fault => ({
  name: `kill -9 ${unit}`,
  strike: async host => {
    await host.exec(`systemctl kill --signal=KILL ${unit}`);
  },
});

export const FAULTS: readonly Fault[] = [
  {
    name: "loses power for a moment",
    strike: async (host, chance) => {
      await host.kill();
      await seconds(chance, 1, 8);
      await host.start();
    },
  },
  {
    name: "loses power for long",
    strike: async (host, chance) => {
      await host.kill();
      await seconds(chance, 40, 75);
      await host.start();
    },
  },
  {
    name: "stalls",
    strike: async (host, chance) => {
      await host.pause();
      await seconds(chance, 5, 25);
      await host.resume();
    },
  },
  {
    name: "is cut off the network",
    strike: async (host, chance) => {
      await host.cut();
      await seconds(chance, 5, 60);
      await host.heal();
    },
  },
  {
    name: "reboots in good order",
    strike: async host => {
      await host.stop();
      await host.start();
    },
  },
  {
    name: "has its docker stopped",
    strike: async (host, chance) => {
      await host.exec("systemctl stop docker.socket docker.service");
      await seconds(chance, 3, 20);
      await host.exec("systemctl start docker.service");
    },
  },
  endProcess("swarmkeeper-agent.service"),
  endProcess("swarmkeeper-controller.service"),
  endProcess("swarmkeeper-etcd-member.service"),
];

/** What an operator asks for in the middle of it all. */
export const ORDERS: readonly { readonly name: string; readonly give: (through: Host) => Promise<unknown> }[] = [
  { name: "put managers 5", give: host => put(host, "managers", "5") },
  { name: "put managers 3", give: host => put(host, "managers", "3") },
  { name: "put managers 4", give: host => put(host, "managers", "4") },
];
