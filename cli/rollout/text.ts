// The rollout as human-readable lines: the progress, each node that it waits for and why, and what an operator can do.
import { span } from "../../crd-like-specs/duration.ts";
import { someOf } from "../../crd-like-specs/lists.ts";
import { explain } from "../../crd-like-specs/validation.ts";
import { type Fact, fact, factLines } from "../terminal/facts.ts";
import type { Paint, Tone } from "../terminal/paint.ts";
import type { NodeProgress, RolloutView } from "./view.ts";

/** `now` in milliseconds since 1970; all ages count from it. Pure. */
export function rolloutText(view: RolloutView, now: number, paint: Paint): string[] {
  const of = (state: NodeProgress["state"]) => view.nodes.filter(node => node.state === state);
  return factLines(
    [
      fact("Rollout", headline(view, now), toneOf(view)),
      ...(view.halted === undefined ? [] : [fact("Halted", view.halted, "bad")]),
      ...(view.hasLeader ? [] : [fact("Waiting", "no controller leads: nothing changes until one does", "bad")]),
      ...(view.pausedBy === undefined
        ? []
        : [fact("Paused", `${view.pausedBy} is true: no further node is changed`, "busy")]),
      ...of("failed").map(node => fact("Failed", nodeText(node, now), "bad")),
      ...of("draining").map(node => fact("Draining", nodeText(node, now), "busy")),
      ...of("in flight").map(node => fact("In flight", nodeText(node, now), "busy")),
      ...excluded(of("outdated")),
      ...byRevision(
        "Outdated",
        of("outdated").filter(({ why }) => why === undefined),
        "",
      ),
      ...byRevision("Absent", of("absent"), " and will be changed once registered again"),
      ...view.rejected.map(error =>
        fact("Rejected", `${explain(error)} · the last valid value stays in effect`, "bad"),
      ),
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
  if (state === "none") return "none yet: no controller has started one";
  const ages = ` · ${agesOf(view, now)}`;
  switch (state) {
    case "pending":
      return `pending: the spec has changed; the controller makes a new revision and rolls it out · revision ${revision} until then`;
    case "complete":
      return `complete: ${allRun(view)} revision ${revision}${ages}`;
    case "reverted":
      return `reverted: revision ${revision} of the spec failed; ${allRun(view)} revision ${target}${ages}`;
    case "reverting":
      return `reverting: revision ${revision} failed; ${progress(view)} revision ${target}${ages}`;
    case "halted":
      return target === revision
        ? `halted: ${progress(view)} revision ${revision}${ages}`
        : `halted while reverting: revision ${revision} failed; ${progress(view)} revision ${target}${ages}`;
    case "paused":
    case "rolling":
      return `${state}: ${progress(view)} revision ${target}${ages}`;
  }
}

function allRun({ nodes }: RolloutView): string {
  const registered = nodes.filter(node => node.registered).length;
  if (nodes.some(({ state }) => state === "absent")) return `all ${registered} registered nodes run`;
  if (nodes.length === 0) return "no node has to run";
  return nodes.length === 1 ? "the one node runs" : `all ${nodes.length} nodes run`;
}

function progress({ nodes }: RolloutView): string {
  const current = nodes.filter(({ state }) => state === "current").length;
  return `${current} of ${nodes.length} node${nodes.length === 1 ? "" : "s"} run${current === 1 ? "s" : ""}`;
}

function agesOf({ begunAt, progressAt, updated }: RolloutView, now: number): string {
  const ago = (time: string | undefined) => (time === undefined ? "?" : `${span(now - Date.parse(time))} ago`);
  const begun = `begun ${ago(begunAt)}`;
  return progressAt === begunAt ? begun : `${begun}, ${updated} updated, last progress ${ago(progressAt)}`;
}

function nodeText({ name, role, registered, since, reason, why }: NodeProgress, now: number): string {
  const time = since === undefined ? "" : ` for ${span(now - Date.parse(since))}`;
  const absent = registered || reason === "NotRegistered" ? "" : ", and it is not registered";
  return `${role} ${name}${time}: ${why ?? "no reason is known"}${absent}`;
}

/** Outdated nodes that the rollout does not change now, each with its reason. */
const excluded = (nodes: readonly NodeProgress[]): Fact[] =>
  nodes.filter(({ why }) => why !== undefined).map(({ name, why }) => fact("Outdated", `${name}: ${why}`, "busy"));

/** A line for each revision that nodes still run, the newest first. */
function byRevision(label: string, nodes: readonly NodeProgress[], then: string): Fact[] {
  const numbers = [...new Set(nodes.map(({ revision }) => revision ?? 0))].sort((a, b) => b - a);
  return numbers.map(number => {
    const names = nodes.filter(({ revision }) => (revision ?? 0) === number).map(({ name }) => name);
    const verb = names.length === 1 ? "runs" : "run";
    const what = number === 0 ? "units of no stored revision" : `revision ${number}`;
    return fact(label, `${someOf(names)} ${verb} ${what}${then}`);
  });
}
