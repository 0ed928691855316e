// A list with a unit that neither the spec nor the nodes know: it is rejected when the first node reports the unit, and the
// last good list is effective again.
import { afterEach, expect, it } from "vitest";
import { SpecStatus } from "../../crd-like-specs/resources/spec-status.ts";
import { keys } from "../fakes/world.ts";
import type { Cluster } from "./cluster.ts";
import { expectIdle, threeManagers } from "./scenes.ts";

const WEB = "[Service]\nExecStart=/bin/sleep infinity\n";
const LIST = "web.service\nwbe.service";

let cluster: Cluster;
afterEach(() => cluster.end());

const listStatus = (): SpecStatus =>
  SpecStatus.parse(JSON.parse(cluster.etcd.store.get(keys.specStatus.of("units/worker"))?.value ?? "{}"));
const unitsOf = (name: string) =>
  cluster
    .node(name)
    .status()
    ?.units.map(unit => unit.name);
const untilRun = (units: readonly string[]) =>
  cluster.until(() => ["h4", "h5"].every(name => unitsOf(name)?.join() === units.join()), 200);

it("rejects a list with an unknown unit, names the node that does not know it, and reverts nodes to the last good list", async () => {
  cluster = await threeManagers();
  await cluster.put("rollout/min-healthy-seconds", "5");
  await cluster.put("units/files/web.service", WEB);
  await cluster.put("units/worker", "web.service");
  await untilRun(["web.service"]);
  await cluster.until(
    () => cluster.events().some(({ reason, subject }) => reason === "RolloutCompleted" && subject === "revision-2"),
    60,
  );

  await cluster.put("units/worker", LIST);
  await cluster.until(() => listStatus().rejected !== undefined, 10);
  expect(listStatus()).toMatchObject({
    effective: "web.service",
    rejected: {
      value: LIST,
      reason: expect.stringMatching(/wbe\.service.*\bh4\b/),
      expected: expect.stringMatching(/spec\/units\/files\/wbe\.service.* web\.service/),
      unknown: ["wbe.service"],
    },
  });
  await untilRun(["web.service"]);
  expect(unitsOf("h5")).toEqual(["web.service"]);
  await expectIdle(cluster);
  expect(listStatus().effective).toBe("web.service");

  await cluster.put("units/files/wbe.service", WEB);
  await untilRun(["web.service", "wbe.service"]);
  expect(listStatus()).toEqual({ effective: LIST });
  await expectIdle(cluster);
});

it("rejects a list for its other unknown unit after one of two gets its text", async () => {
  cluster = await threeManagers();
  await cluster.put("units/worker", "nothing.service\nunknown.service");
  await cluster.until(() => listStatus().rejected !== undefined, 20);
  expect(listStatus().rejected?.unknown).toEqual(["nothing.service", "unknown.service"]);
  await cluster.put("units/files/nothing.service", WEB);
  await cluster.until(() => listStatus().rejected?.unknown?.join() === "unknown.service", 20);
  expect(listStatus()).toMatchObject({
    effective: "",
    rejected: { reason: expect.stringContaining("unknown.service") },
  });
  await expectIdle(cluster);
});

it("rejects an unknown unit again when it is put again, also under the next leader", async () => {
  cluster = await threeManagers();
  for (const name of ["nothing.service", "unknown.service"]) {
    await cluster.put("units/worker", name);
    await cluster.until(() => listStatus().rejected?.value === name, 20);
    expect(listStatus()).toMatchObject({ effective: "", rejected: { reason: expect.stringContaining(name) } });
  }
  cluster.leader()?.cutPower();
  await cluster.until(() => cluster.leader() !== undefined, 60);
  await cluster.clock.advance(60_000);
  expect(listStatus().rejected?.value).toBe("unknown.service");
  expect(["h4", "h5"].map(unitsOf)).toEqual([[], []]);
});

it("rejects an unknown unit when the first worker appears, without waiting for it before", async () => {
  cluster = await threeManagers();
  await cluster.put("managers", "5");
  await cluster.untilManagers(5);
  await cluster.put("units/worker", "wbe.service");
  await cluster.clock.advance(60_000);
  expect(listStatus()).toEqual({ effective: "wbe.service" });
  await cluster.put("managers", "3");
  await cluster.untilManagers(3, 60);
  expect(listStatus()).toMatchObject({ effective: "", rejected: { unknown: ["wbe.service"] } });
  await expectIdle(cluster);
});
