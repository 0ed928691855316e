// Events of the cluster: the difference between the published report and the one that is about to be published, so that a
// state that lasts is recorded once, whichever controller leads.

import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import { machineId } from "../../crd-like-specs/resources/condition.ts";
import { type NewEvent, unreachableThread } from "../../crd-like-specs/resources/event.ts";
import { conditionEvents } from "./conditions.ts";
import { eventOf } from "./new-event.ts";
import { vaultEvents } from "./vault.ts";

/**
 * Managers missed and back again, workers down and up again, what has become of Vault, alarms that begin and that are
 * over. `gone`: the hosts that have said goodbye, by their swarm nodes.
 */
export function clusterEvents(
  before: ClusterStatus | undefined,
  after: ClusterStatus,
  gone: ReadonlySet<string> = new Set(),
): NewEvent[] {
  return [
    ...unreachableEvents(before, after),
    ...workerEvents(before, after, gone),
    ...vaultEvents(before?.vault, after.vault),
    ...conditionEvents(before, after),
  ];
}

function workerEvents(before: ClusterStatus | undefined, after: ClusterStatus, gone: ReadonlySet<string>): NewEvent[] {
  const was = new Map(before?.swarm.nodes.map(({ id, state }) => [id, state]));
  return after.swarm.nodes.flatMap(({ id, name, role, state }): NewEvent[] => {
    const seen = was.get(id);
    if (role !== "worker" || seen === undefined || seen === state) return [];
    if (state === "ready" && seen === "down")
      return [eventOf("node", "info", "NodeReady", id, `${name} is up again`, name)];
    if (state !== "down") return [];
    if (gone.has(id)) return [eventOf("node", "info", "NodeShutDown", id, `${name} went down in good order`, name)];
    return [eventOf("node", "warning", "NodeDown", id, `${name} is down: the swarm does not hear of it`, name)];
  });
}

type Unreachable = ClusterStatus["unreachable"][number];

function unreachableEvents(before: ClusterStatus | undefined, after: ClusterStatus): NewEvent[] {
  const unreachable = before?.unreachable ?? [];
  const isIn = (list: readonly Unreachable[], one: Unreachable) =>
    list.some(other => machineId(other) === machineId(one));
  return [
    ...after.unreachable
      .filter(one => !isIn(unreachable, one))
      .map(one => unreachableEvent(one, "warning", "ManagerUnreachable", `${one.name} is missed: ${one.why}`)),
    ...unreachable
      .filter(one => !isIn(after.unreachable, one) && isInARaft(after, one))
      .map(one => unreachableEvent(one, "info", "ManagerReachable", `${one.name} is back`)),
  ];
}

const unreachableEvent = (
  one: Unreachable,
  severity: NewEvent["severity"],
  reason: string,
  text: string,
): NewEvent => ({
  ...eventOf("managers", severity, reason, machineId(one), text, one.name),
  thread: unreachableThread(one),
});

/** One that is missing no longer because it was taken out is not back. */
function isInARaft({ etcd, swarm }: ClusterStatus, { member, swarmNode }: Unreachable): boolean {
  return (
    etcd.members.some(({ id }) => id === member) || swarm.nodes.some(({ id, manager }) => id === swarmNode && manager)
  );
}
