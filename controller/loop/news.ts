// What there is to tell when the spec or the report on the cluster has changed: the difference between what is
// published and what is about to be, so that a state that lasts is told once, whoever leads.
import type { ClusterKeys } from "../../crd-like-specs/cluster-keys.ts";
import type { News } from "../../crd-like-specs/event.ts";
import type { ClusterStatus } from "../../crd-like-specs/resources.ts";
import { quoted } from "../../crd-like-specs/spec/field.ts";
import { defaultText } from "../../crd-like-specs/spec/setting.ts";
import type { SpecReading } from "../../crd-like-specs/spec/spec.ts";
import { FILES, placeOf } from "../../crd-like-specs/spec/table.ts";
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
      ? changes.map(change => info("spec", changeText(change)))
      : [
          info(
            "spec",
            `${names.length} values taken into force: ${names.slice(0, MOST_CHANGES).join(", ")} and others`,
          ),
        ];
  return [
    ...told,
    ...newRefusals(known, reading).map(text => ({ about: "spec", level: "warning", text }) satisfies News),
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
    ...alarmNews(before, after),
  ];
}

function workerNews(before: ClusterStatus | undefined, after: ClusterStatus, gone: ReadonlySet<string>): News[] {
  const was = new Map(before?.swarm.nodes.map(({ id, state }) => [id, state]));
  return after.swarm.nodes.flatMap(({ id, name, role, state }): News[] => {
    const seen = was.get(id);
    if (role !== "worker" || seen === undefined || seen === state) return [];
    if (state === "ready" && seen === "down") return [info("host", `${name} is up again`, name)];
    if (state !== "down") return [];
    if (gone.has(id)) return [info("host", `${name} went down in good order`, name)];
    return [{ about: "host", level: "warning", text: `${name} is down: the swarm does not hear of it`, node: name }];
  });
}

type Missing = ClusterStatus["missing"][number];

function missingNews(before: ClusterStatus | undefined, after: ClusterStatus): News[] {
  const missed = before?.missing ?? [];
  const isIn = (list: readonly Missing[], one: Missing) => list.some(other => nameless(other) === nameless(one));
  return [
    ...after.missing
      .filter(one => !isIn(missed, one))
      .map(
        ({ name, why }) =>
          ({
            about: "managers",
            level: "warning",
            text: `${name} is missed: ${why}`,
            node: name,
            of: missedStory(name),
          }) satisfies News,
      ),
    ...missed
      .filter(one => !isIn(after.missing, one) && isInARaft(after, one))
      .map(({ name }) => ({ ...info("managers", `${name} is back`, name), of: missedStory(name) })),
  ];
}

/** Who is meant, whatever it is called. */
const nameless = ({ node, member, swarmNode }: Missing): string => node ?? `${member} ${swarmNode}`;

/** One that is missing no longer because it was taken out is not back. */
function isInARaft({ etcd, swarm }: ClusterStatus, { member, swarmNode }: Missing): boolean {
  return (
    etcd.members.some(({ id }) => id === member) || swarm.nodes.some(({ id, manager }) => id === swarmNode && manager)
  );
}

function alarmNews(before: ClusterStatus | undefined, after: ClusterStatus): News[] {
  const stood = before?.alarms ?? [];
  const isIn = (list: readonly string[], alarm: string) => list.some(other => gist(other) === gist(alarm));
  // While nothing can be seen nothing is known to be over; and one that says another thing of the same is not over.
  const seen = !after.alarms.some(alarm => UNSEEN.test(alarm));
  const over = stood.filter(
    alarm => seen && !isIn(after.alarms, alarm) && !after.alarms.some(other => subject(other) === subject(alarm)),
  );
  return [
    ...after.alarms.filter(alarm => !isIn(stood, alarm)).map(alarm => alarmed(after, "alarm", alarm)),
    ...over.map(alarm => alarmed(after, "info", alarm)),
  ];
}

const UNSEEN = / cannot be seen: .*/s;
/** The reason why nothing is seen is worded anew by each call that fails. */
const gist = (alarm: string): string => alarm.replace(UNSEEN, " cannot be seen");
const subject = (alarm: string): string => gist(alarm).split(": ")[0] ?? alarm;

/** Which part an alarm that names no host speaks of, by its subject. */
const PARTS: readonly (readonly [RegExp, News["about"]])[] = [
  [/^the rollout of /, "units"],
  [/\betcd\b/, "etcd"],
  [/\bswarm\b/, "swarm"],
  [/^Vault$/, "vault"],
];

function alarmed(after: ClusterStatus, level: "alarm" | "info", alarm: string): News {
  const name = subject(alarm);
  const host = after.swarm.nodes.some(node => node.name === name) ? name : undefined;
  const about = host !== undefined ? "host" : (PARTS.find(([words]) => words.test(name))?.[1] ?? "controller");
  const text = level === "alarm" ? alarm : `over: ${gist(alarm)}`;
  const missed = after.missing.some(one => one.name === host);
  return { about, level, text, ...(host !== undefined && { node: host, ...(missed && { of: missedStory(host) }) }) };
}

const info = (about: News["about"], text: string, node?: string): News => ({
  about,
  level: "info",
  text,
  ...(node !== undefined && { node }),
});
