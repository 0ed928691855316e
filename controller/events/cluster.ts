// Events of the cluster: the difference between the published report and the one that is about to be published, so that a
// state that lasts is recorded once, whichever controller leads.
import { machineId } from "../../crd-like-specs/resources/condition.ts";
import { type News, unreachableThread } from "../../crd-like-specs/resources/event.ts";
import type { ClusterStatus } from "../../crd-like-specs/resources/resources.ts";
import { conditionNews } from "./conditions.ts";
import { eventOf } from "./new-event.ts";
import { vaultNews } from "./vault.ts";

/**
 * Managers missed and back again, workers down and up again, what has become of Vault, alarms that begin and that are
 * over. `gone`: the hosts that have said goodbye, by their swarm nodes.
 */
export function clusterNews(
  before: ClusterStatus | undefined,
  after: ClusterStatus,
  gone: ReadonlySet<string> = new Set(),
): News[] {
  return [
    ...missingNews(before, after),
    ...workerNews(before, after, gone),
    ...vaultNews(before?.vault, after.vault),
    ...conditionNews(before, after),
  ];
}

function workerNews(before: ClusterStatus | undefined, after: ClusterStatus, gone: ReadonlySet<string>): News[] {
  const was = new Map(before?.swarm.nodes.map(({ id, state }) => [id, state]));
  return after.swarm.nodes.flatMap(({ id, name, role, state }): News[] => {
    const seen = was.get(id);
    if (role !== "worker" || seen === undefined || seen === state) return [];
    if (state === "ready" && seen === "down")
      return [eventOf("host", "info", "NodeReady", id, `${name} is up again`, name)];
    if (state !== "down") return [];
    if (gone.has(id)) return [eventOf("host", "info", "NodeShutDown", id, `${name} went down in good order`, name)];
    return [eventOf("host", "warning", "NodeDown", id, `${name} is down: the swarm does not hear of it`, name)];
  });
}

type Missing = ClusterStatus["missing"][number];

function missingNews(before: ClusterStatus | undefined, after: ClusterStatus): News[] {
  const missed = before?.missing ?? [];
  const isIn = (list: readonly Missing[], one: Missing) => list.some(other => machineId(other) === machineId(one));
  return [
    ...after.missing
      .filter(one => !isIn(missed, one))
      .map(one => missedNews(one, "warning", "ManagerUnreachable", `${one.name} is missed: ${one.why}`)),
    ...missed
      .filter(one => !isIn(after.missing, one) && isInARaft(after, one))
      .map(one => missedNews(one, "info", "ManagerReachable", `${one.name} is back`)),
  ];
}

const missedNews = (one: Missing, level: News["level"], reason: string, text: string): News => ({
  ...eventOf("managers", level, reason, machineId(one), text, one.name),
  thread: unreachableThread(one),
});

/** One that is missing no longer because it was taken out is not back. */
function isInARaft({ etcd, swarm }: ClusterStatus, { member, swarmNode }: Missing): boolean {
  return (
    etcd.members.some(({ id }) => id === member) || swarm.nodes.some(({ id, manager }) => id === swarmNode && manager)
  );
}
