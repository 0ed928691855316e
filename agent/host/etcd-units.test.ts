import { expect, it } from "vitest";
import type { UnitState } from "../../drivers/systemd/port.ts";
import { unitState } from "../../test/fixtures/unit-state.ts";
import { etcdUnitProblem } from "./etcd-units.ts";

const unit = (seen: Partial<UnitState>) => unitState({ name: "etcd.service", type: "exec", ...seen });

it("tells an etcd that keeps ending from one that starts, or has run for long without an answer", () => {
  expect(etcdUnitProblem(unit({}), 2_000)).toBeUndefined();
  expect(etcdUnitProblem(unit({ restarts: 3 }), 3_600_000)).toBeUndefined();
  expect(etcdUnitProblem(unit({ restarts: 1 }), 2_000)).toMatchObject({ reason: "CrashLoop", transient: false });
  expect(etcdUnitProblem(unit({ restarts: 1, active: "activating", sub: "auto-restart" }), 2_000)).toMatchObject({
    reason: "CrashLoop",
    transient: false,
  });
});
