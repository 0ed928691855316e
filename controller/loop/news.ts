// What there is to tell when the spec or the report on the cluster has changed: the difference between what is
// published and what is about to be, so that a state that lasts is told once, whoever leads.
import type { ClusterKeys } from "../../crd-like-specs/cluster-keys.ts";
import { machineId } from "../../crd-like-specs/condition.ts";
import type { News } from "../../crd-like-specs/event.ts";
import type { ClusterStatus } from "../../crd-like-specs/resources.ts";
import { quoted } from "../../crd-like-specs/spec/field.ts";
import { defaultText } from "../../crd-like-specs/spec/setting.ts";
import type { SpecReading } from "../../crd-like-specs/spec/spec.ts";
import { FILES, placeOf } from "../../crd-like-specs/spec/table.ts";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import { conditionNews } from "../events/conditions.ts";
import { missedStory } from "../plan/news.ts";
import { newRefusals } from "./publish.ts";
import { vaultNews } from "./vault-news.ts";

/** A whole document applied is one line, not a hundred. */
const MOST_CHANGES = 20;

/** Values taken into force and values refused, against what `status/spec` says. */
export function specNews(known: ClusterKeys, reading: SpecReading): News[] {
  const changes = changesInForce(known, reading);
  const names = changes.map(({ path }) => `spec/${path}`);
  const told =
    changes.length <= MOST_CHANGES
      ? changes.map(change => eventOf("spec", "info", "SpecChanged", changeId(change), changeText(change)))
      : [
          eventOf(
            "spec",
            "info",
            "SpecChanged",
            digest(changes.map(changeId).join()),
            `${names.length} values taken into force: ${names.slice(0, MOST_CHANGES).join(", ")} and others`,
          ),
        ];
  return [
    ...told,
    ...newRefusals(known, reading).map(({ path, value, text }) =>
      eventOf("spec", "warning", "SpecRejected", `${path}/${digest(value)}`, text),
    ),
  ];
}

interface Change {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly byDefault: boolean;
}

function changesInForce({ specStatus }: ClusterKeys, { inForce }: SpecReading): Change[] {
  return [...new Set([...specStatus.keys(), ...inForce.keys()])].sort().flatMap(path => {
    const place = placeOf(path);
    if (!place.ok) return [];
    const byDefault = !inForce.has(path);
    const before = specStatus.get(path)?.inForce ?? defaultText(place.value);
    const after = inForce.get(path)?.text ?? defaultText(place.value);
    return before === after ? [] : [{ path, before, after, byDefault }];
  });
}

const digest = (text: string): string => hashOf(text).slice(0, 12);
const changeId = ({ path, before, after }: Change): string => `${path}/${digest(before)}/${digest(after)}`;

function changeText({ path, before, after, byDefault }: Change): string {
  if (path.startsWith(FILES)) return `spec/${path} ${after === "" ? "is gone" : `has ${lines(after)} now`}`;
  const to = byDefault && after !== "" ? `default ${short(after)}` : short(after);
  return `spec/${path} ${short(before)} → ${to}`;
}

const lines = (text: string): string => `${text.trimEnd().split("\n").length} lines`;

/** A value on one line; a list by its items. */
function short(text: string): string {
  if (text === "") return "nothing";
  const line = text.trimEnd().split("\n").join(", ");
  return /^[^\p{C}]{1,120}$/u.test(line) ? line : quoted(line);
}

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
  thread: missedStory(one),
});

/** One that is missing no longer because it was taken out is not back. */
function isInARaft({ etcd, swarm }: ClusterStatus, { member, swarmNode }: Missing): boolean {
  return (
    etcd.members.some(({ id }) => id === member) || swarm.nodes.some(({ id, manager }) => id === swarmNode && manager)
  );
}

const eventOf = (
  about: News["about"],
  level: News["level"],
  reason: string,
  subject: string,
  text: string,
  node?: string,
): News => ({ about, level, reason, subject, text, ...(node !== undefined && { node }) });
