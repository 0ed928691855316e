// The rollout as lines for people: how far it is, each host that it waits for and why, then what can be done.
import { span } from "../../crd-like-specs/duration.ts";
import { someOf } from "../../crd-like-specs/lists.ts";
import { type Fact, fact, factLines } from "../terminal/facts.ts";
import type { Paint, Tone } from "../terminal/paint.ts";
import type { NodeProgress, RolloutView } from "./view.ts";

/** `now` in milliseconds since 1970; all ages count from it. */
export function rolloutText(view: RolloutView, now: number, paint: Paint): string[] {
  const of = (state: NodeProgress["state"]) => view.hosts.filter(host => host.state === state);
  return factLines(
    [
      fact("Rollout", headline(view, now), toneOf(view)),
      ...(view.halted === undefined ? [] : [fact("Halted", view.halted, "bad")]),
      ...(view.hasLeader ? [] : [fact("Waiting", "no controller leads: nothing goes on until one does", "bad")]),
      ...(view.pausedBy === undefined
        ? []
        : [fact("Paused", `${view.pausedBy} is true: no further host is changed`, "busy")]),
      ...of("failed").map(host => fact("Failed", hostText(host, now), "bad")),
      ...of("draining").map(host => fact("Draining", hostText(host, now), "busy")),
      ...of("in flight").map(host => fact("In flight", hostText(host, now), "busy")),
      ...held(of("outdated")),
      ...byRevision(
        "Outdated",
        of("outdated").filter(({ why }) => why === undefined),
        "",
      ),
      ...byRevision("Absent", of("absent"), "; what is not there catches up when it is back"),
      ...view.rejected.map(text => fact("Refused", `${text} · the last good value is in force`, "bad")),
      ...view.next.map((text, index) => fact(index === 0 ? "Next" : "", text)),
    ],
    paint,
  );
}

function toneOf(view: RolloutView): Tone | undefined {
  if (view.failing) return "bad";
  return view.state === "complete" ? "good" : "busy";
}

function headline(view: RolloutView, now: number): string {
  const { state, revision, target } = view;
  if (state === "none") return "none yet: no controller has reported what units it brings hosts to";
  const ages = ` · ${agesOf(view, now)}`;
  switch (state) {
    case "pending":
      return `the spec says what no revision says yet: the controller makes one, and brings hosts to it · so far: revision ${revision}`;
    case "complete":
      return `complete: ${arrived(view)} revision ${revision}${ages}`;
    case "reverted":
      return `reverted: revision ${revision} is asked for and failed; ${arrived(view)} revision ${target}${ages}`;
    case "reverting":
      return `reverting: revision ${revision} failed; ${progress(view)} revision ${target}${ages}`;
    case "halted":
      return target === revision
        ? `halted: ${progress(view)} revision ${revision}${ages}`
        : `halted on the way back: revision ${revision} failed; ${progress(view)} revision ${target}${ages}`;
    case "paused":
    case "rolling":
      return `${state}: ${progress(view)} revision ${target}${ages}`;
  }
}

function arrived({ hosts }: RolloutView): string {
  const here = hosts.filter(host => host.here).length;
  if (hosts.some(({ state }) => state === "absent")) return `all of the ${here} hosts that are there run`;
  if (hosts.length === 0) return "no host has to run";
  return hosts.length === 1 ? "the one host runs" : `all ${hosts.length} hosts run`;
}

function progress({ hosts }: RolloutView): string {
  const current = hosts.filter(({ state }) => state === "current").length;
  return `${current} of ${hosts.length} host${hosts.length === 1 ? "" : "s"} run${current === 1 ? "s" : ""}`;
}

function agesOf({ begunAt, progressAt, updated }: RolloutView, now: number): string {
  const ago = (time: string | undefined) => (time === undefined ? "?" : `${span(now - Date.parse(time))} ago`);
  const begun = `begun ${ago(begunAt)}`;
  return progressAt === begunAt ? begun : `${begun}, ${updated} proven, the last step ${ago(progressAt)}`;
}

function hostText({ name, role, here, since, reason, why }: NodeProgress, now: number): string {
  const time = since === undefined ? "" : ` for ${span(now - Date.parse(since))}`;
  const gone = here || reason === "NotRegistered" ? "" : ", and it is not there";
  return `${role} ${name}${time}: ${why ?? "no reason is given"}${gone}`;
}

const held = (hosts: readonly NodeProgress[]): Fact[] =>
  hosts.filter(({ why }) => why !== undefined).map(({ name, why }) => fact("Outdated", `${name}: ${why}`, "busy"));

/** A line for each revision that hosts are still at, the newest first. */
function byRevision(label: string, hosts: readonly NodeProgress[], then: string): Fact[] {
  const numbers = [...new Set(hosts.map(({ revision }) => revision ?? 0))].sort((a, b) => b - a);
  return numbers.map(number => {
    const names = hosts.filter(({ revision }) => (revision ?? 0) === number).map(({ name }) => name);
    const verb = names.length === 1 ? "runs" : "run";
    const what = number === 0 ? "what is no kept revision" : `revision ${number}`;
    return fact(label, `${someOf(names)} ${verb} ${what}${then}`);
  });
}
