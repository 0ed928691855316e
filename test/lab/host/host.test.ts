import { expect, it } from "vitest";
import { table } from "../commands/commands.ts";
import { type HostRecord, type ListedContainer, recordOf } from "./host.ts";
import { LABELS } from "./labels.ts";

const marks = {
  [LABELS.lab]: "main",
  [LABELS.host]: "h4",
  [LABELS.role]: "worker",
  [LABELS.address]: "10.89.0.14",
  [LABELS.suite]: "trixie",
  [LABELS.userData]: "0123456789ab",
};

function info(Labels: Record<string, string>, State = "running", networks = ["swarmkeeper-main"]): ListedContainer {
  const Networks = Object.fromEntries(networks.map(name => [name, {}]));
  return { Id: "c4", Labels, State, NetworkSettings: { Networks } };
}

it("reads a lab host from its container's labels", () => {
  expect(recordOf(info(marks), "swarmkeeper-main")).toEqual({
    name: "h4",
    number: 4,
    role: "worker",
    address: "10.89.0.14",
    suite: "trixie",
    userData: "0123456789ab",
    state: "running",
    container: "c4",
  });
});

it("distinguishes a lab host that is off, paused or cut", () => {
  const state = (...args: [string, string[]?]) => recordOf(info(marks, ...args), "swarmkeeper-main")?.state;
  expect(state("exited")).toBe("off");
  expect(state("created")).toBe("off");
  expect(state("paused")).toBe("paused");
  expect(state("running", [])).toBe("cut");
});

it("ignores containers without the labels of a lab host", () => {
  expect(recordOf(info({}), "swarmkeeper-main")).toBeUndefined();
  expect(recordOf(info({ ...marks, [LABELS.host]: "server" }), "swarmkeeper-main")).toBeUndefined();
  expect(recordOf(info({ ...marks, [LABELS.role]: "king" }), "swarmkeeper-main")).toBeUndefined();
});

it("prints one line per host in the table of lab status", () => {
  const host = recordOf(info(marks), "swarmkeeper-main");
  const hosts: HostRecord[] = host === undefined ? [] : [host];
  expect(table(hosts)).toBe("HOST  ADDRESS     ROLE    SUITE   STATE\nh4    10.89.0.14  worker  trixie  running\n");
});
