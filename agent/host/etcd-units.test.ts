import { expect, it } from "vitest";
import type { UnitState } from "../../drivers/systemd/port.ts";
import { unitState } from "../../test/fixtures/unit-state.ts";
import { etcdUnitProblem } from "./etcd-units.ts";

const unit = (state: Partial<UnitState>) => unitState({ name: "etcd.service", type: "exec", ...state });

it("an etcd unit that keeps ending is a crash loop; one that starts, or has run for long without an answer, is not", () => {
  expect(etcdUnitProblem(unit({}), 2_000)).toBeUndefined();
  expect(etcdUnitProblem(unit({ restarts: 3 }), 3_600_000)).toBeUndefined();
  expect(etcdUnitProblem(unit({ restarts: 1 }), 2_000)).toMatchObject({ reason: "CrashLoop", transient: false });
  expect(etcdUnitProblem(unit({ restarts: 1, active: "activating", sub: "auto-restart" }), 2_000)).toMatchObject({
    reason: "CrashLoop",
    transient: false,
  });
});
