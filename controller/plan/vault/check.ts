// Verifies changes of Vault by the assignments and the agents' statuses, not by the planner's peers: the active Vault
// gets new settings only when all others have them and serve, and no serving Vault gets them while a manager is
// unreachable. A report from before the node's last boot does not count.
import { isServing } from "../../../crd-like-specs/resources/vault.ts";
import type { World } from "../../state/world.ts";
import type { Action } from "../actions.ts";

type Written = Extract<Action, { type: "write-assignment" }>;

/** The violations, human-readable. Never throws. */
export function vaultChanges(world: World, actions: readonly Action[]): string[] {
  const { assignments, statuses, operation } = world.input;
  const changed = actions.filter((action): action is Written => {
    if (action.type !== "write-assignment") return false;
    const [before, after] = [assignments.get(action.node)?.vault, action.assignment.vault];
    return before !== undefined && after !== undefined && before.hash !== after.hash;
  });
  const stateOn = ({ node }: Pick<Written, "node">) => statuses.get(node)?.vault?.state;
  const unreachable = world.managers.filter(
    ({ assignment, member, swarm }) =>
      assignment?.vault && (member?.healthy === false || swarm?.manager?.reachable === false),
  );
  const serving = changed.filter(action => isServing(stateOn(action)));
  const active = changed.find(action => stateOn(action) === "active");
  return [
    ...(serving.length > 1 ? [`changing ${serving.length} serving Vaults at once`] : []),
    ...serving.flatMap(({ name }) =>
      unreachable.map(other => `changing the serving Vault on ${name} while ${other.name} is unreachable`),
    ),
    ...(changed.length > 0 && operation ? ["changing Vault on a manager during a membership operation"] : []),
    ...(active
      ? laggards(world, active).map(
          name => `changing the active Vault on ${active.name} before that on ${name} has been changed and serves`,
        )
      : []),
  ];
}

/** The names of nodes whose Vault is not an unsealed standby with the new settings of the active one. */
function laggards({ input }: World, active: Written): string[] {
  const { registrations, assignments, statuses } = input;
  return [...assignments].flatMap(([id, { role, vault }]) => {
    const registration = registrations.get(id);
    if (!registration || id === active.node || role !== "manager" || vault === undefined) return [];
    const report = statuses.get(id)?.vault;
    const isOfThisBoot = (report?.bootId ?? registration.bootId) === registration.bootId;
    const hasFollowed =
      isOfThisBoot && report?.state === "standby" && report.settings === active.assignment.vault?.hash;
    return hasFollowed ? [] : [registration.name];
  });
}
