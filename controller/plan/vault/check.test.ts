// Breaks the invariant about Vault on purpose, as a wrong planner would.
import { expect, it } from "vitest";
import { InstantCluster, idOf } from "../../../test/sim/instant-cluster.ts";
import { settingsIn } from "../../state/vaults.ts";
import type { Action } from "../actions.ts";
import { check } from "../check.ts";

/** Three managers with serving Vaults, node 1 active, and new settings that none of them has. */
function changing() {
  const model = new InstantCluster(3, [1, 2, 3], [1, 2, 3], 3);
  const vault = { ...model.spec.vault, enabled: true };
  model.spec = { ...model.spec, vault };
  model.converge();
  for (const n of [1, 2, 3]) model.setVault(n, n === 1 ? "active" : "standby");
  model.spec = { ...model.spec, vault: { ...vault, image: "vault:2" } };
  const settings = settingsIn(model.spec);
  const change = (n: number): Action[] => {
    const assignment = model.assignments.get(idOf(n));
    return assignment && settings
      ? [{ type: "write-assignment", node: idOf(n), name: `h${n}`, assignment: { ...assignment, vault: settings } }]
      : [];
  };
  const violations = (...actions: Action[]) => check(model.world(), actions);
  const changeNow = (n: number) => {
    for (const action of change(n)) model.apply(action);
    model.applyAssignments();
  };
  return { model, change, violations, changeNow };
}

it("check lets the active Vault change only when all others have changed and serve", () => {
  const { model, change, violations, changeNow } = changing();
  expect(violations(...change(2))).toEqual([]);
  const before = (...names: string[]) =>
    names.map(name => `changing the active Vault on h1 before that on ${name} has been changed and serves`);
  expect(violations(...change(1))).toEqual(before("h2", "h3"));
  changeNow(2);
  changeNow(3);
  expect(violations(...change(1))).toEqual(before("h2", "h3"));
  model.setVault(2, "standby");
  model.setVault(3, "unreachable");
  expect(violations(...change(1))).toEqual(before("h3"));
  model.setVault(3, "standby");
  expect(violations(...change(1))).toEqual([]);
});

it("check lets no serving Vault change while a manager is unreachable, and ignores reports of an earlier boot", () => {
  const { model, change, violations, changeNow } = changing();
  const member = model.members.get(3);
  if (!member) throw new Error("node 3 is a voter");
  model.members.set(3, { ...member, healthy: false });
  expect(violations(...change(2))).toEqual(["changing the serving Vault on h2 while h3 is unreachable"]);
  model.members.set(3, member);
  expect(violations(...change(2))).toEqual([]);
  changeNow(2);
  changeNow(3);
  model.setVault(2, "standby");
  model.setVault(3, "standby", { bootId: "an earlier boot" });
  expect(violations(...change(1))).toEqual([
    "changing the active Vault on h1 before that on h3 has been changed and serves",
  ]);
});

it("check lets one serving Vault change at a time, and none during a membership operation", () => {
  const { model, change, violations } = changing();
  expect(violations(...change(2), ...change(3))).toEqual(["changing 2 serving Vaults at once"]);
  model.setVault(2, "sealed");
  expect(violations(...change(2), ...change(3))).toEqual([]);
  const time = new Date(model.now).toISOString();
  model.operation = {
    ...{
      id: "promote-1",
      kind: "promote",
      name: "h9",
      address: "10.0.0.9",
      step: { id: "begin", text: "" },
      reason: "",
    },
    ...{ startedAt: time, deadline: time, rollingBack: false },
  };
  expect(violations(...change(2))).toEqual(["changing Vault on a manager during a membership operation"]);
});
