import { expect, it } from "vitest";
import type { UnitState } from "../../drivers/systemd/port.ts";
import { unitTrouble } from "./unit.ts";

const unit = (seen: Partial<UnitState>): UnitState => ({
  name: "etcd.service",
  load: "loaded",
  type: "exec",
  remains: false,
  active: "active",
  sub: "running",
  result: "success",
  restarts: 0,
  enabled: false,
  since: 1_000,
  begun: 1_000,
  ...seen,
});

it("tells an etcd that keeps ending from one that starts, or has run for long without an answer", () => {
  expect(unitTrouble(unit({}), 2_000)).toBeUndefined();
  expect(unitTrouble(unit({ restarts: 3 }), 3_600_000)).toBeUndefined();
  const ending = "etcd.service keeps ending; why: journalctl -u etcd.service -n 20";
  expect(unitTrouble(unit({ restarts: 1 }), 2_000)).toBe(ending);
  expect(unitTrouble(unit({ restarts: 1, active: "activating", sub: "auto-restart" }), 2_000)).toBe(ending);
});
