// Events of the cluster: the difference between the published status and the one that is about to be published. A
// lasting state is therefore recorded once, under every leader.
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import { machineId } from "../../crd-like-specs/resources/condition.ts";
import { eventOf, type NewEvent, unreachableThread } from "../../crd-like-specs/resources/event.ts";
import { conditionEvents } from "./conditions.ts";
import { vaultEvents } from "./vault.ts";

/**
 * Managers that become unreachable or reachable, workers that go down or come up, changes of Vault, and conditions
 * that begin or end. `departed`: the swarm nodes of nodes that have deregistered.
 */
export function clusterEvents(
  before: ClusterStatus | undefined,
  after: ClusterStatus,
  departed: ReadonlySet<string> = new Set(),
): NewEvent[] {
  return [
    ...unreachableEvents(before, after),
    ...workerEvents(before, after, departed),
    ...vaultEvents(before?.vault, after.vault),
    ...conditionEvents(before, after),
  ];
}

function workerEvents(
  before: ClusterStatus | undefined,
  after: ClusterStatus,
  departed: ReadonlySet<string>,
): NewEvent[] {
  const previousStates = new Map(before?.swarm.nodes.map(({ id, state }) => [id, state]));
  return after.swarm.nodes.flatMap(({ id, name, role, state }): NewEvent[] => {
    const previous = previousStates.get(id);
    if (role !== "worker" || previous === undefined || previous === state) return [];
    if (state === "ready" && previous === "down")
      return [eventOf("node", "info", "NodeReady", id, `${name} is ready again`, name)];
    if (state !== "down") return [];
    if (departed.has(id)) return [eventOf("node", "info", "NodeShutDown", id, `${name} was shut down`, name)];
    return [eventOf("node", "warning", "NodeDown", id, `${name} is down: the swarm gets no heartbeat from it`, name)];
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
      .map(one => unreachableEvent(one, "warning", "ManagerUnreachable", `${one.name} is ${one.why}`)),
    ...unreachable
      .filter(one => !isIn(after.unreachable, one) && isInARaft(after, one))
      .map(one => unreachableEvent(one, "info", "ManagerReachable", `${one.name} is reachable again`)),
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

/** A machine that was removed is not unreachable any more either, but it is not reachable again. */
function isInARaft({ etcd, swarm }: ClusterStatus, { member, swarmNode }: Unreachable): boolean {
  return (
    etcd.members.some(({ id }) => id === member) || swarm.nodes.some(({ id, manager }) => id === swarmNode && manager)
  );
}
