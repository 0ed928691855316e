// One round: observe ▸ plan ▸ check ▸ execute ▸ publish. Level-triggered: it asks what is, never what happened.

import { type ClusterKeys, readClusterKeys } from "../../crd-like-specs/cluster-keys.ts";
import { UNOBSERVABLE } from "../../crd-like-specs/condition.ts";
import type { News } from "../../crd-like-specs/event.ts";
import type { MemberId, NodeId, SwarmNodeId } from "../../crd-like-specs/ids.ts";
import { explain } from "../../crd-like-specs/problem.ts";
import type { ClusterStatus } from "../../crd-like-specs/resources.ts";
import type { SpecEntry } from "../../crd-like-specs/spec/spec.ts";
import { specInForce } from "../../crd-like-specs/spec-in-force.ts";
import type { KeyValue } from "../../drivers/etcd/port.ts";
import type { EffectDeps } from "../effects/deps.ts";
import { execute } from "../effects/execute.ts";
import { isRecord, writeRecords } from "../effects/records.ts";
import { tell } from "../effects/tell.ts";
import { actionId } from "../plan/action-id.ts";
import type { Action } from "../plan/actions.ts";
import { describe } from "../plan/describe.ts";
import { plan } from "../plan/plan.ts";
import { withoutUnknownUnits } from "../state/unknown-units.ts";
import { type DriftTold, driftNews } from "./drift.ts";
import { clusterNews, specNews } from "./news.ts";
import { observeEtcd, observeSwarm } from "./observe.ts";
import { clusterStatusWrites, newRefusals, specStatusWrites } from "./publish.ts";
import { logRound } from "./round-log.ts";
import { type Watch, watchOn } from "./watched.ts";
import { lookedAt, type Wellness } from "./wellness.ts";

/** What a controller remembers from round to round; all of it may be lost with the process. */
export interface Memory {
  round: number;
  /** Since when nothing can have happened unseen. */
  watch: Watch | undefined;
  wellness: Wellness;
  readonly drift: DriftTold;
  /** The story says that this controller leads. */
  leads: boolean;
  /** What the last round waited for, by ids, so that a wait is told once and not every time. */
  lastTold: string;
  /** What the last round did, and how often in a row it was just that: doing the same again and again must not spin. */
  lastDone: string;
  repeats: number;
  /** Since when this engine has not shown the swarm, milliseconds since 1970. */
  unseenSince: number | undefined;
  /** The newest revision of a spec key that a round has seen; undefined before the first. */
  specRevision: number | undefined;
}

export const newMemory = (): Memory => ({
  round: 0,
  watch: undefined,
  wellness: new Map(),
  drift: new Map(),
  leads: false,
  lastTold: "",
  lastDone: "",
  repeats: 0,
  unseenSince: undefined,
  specRevision: undefined,
});

const PATIENT_REPEATS = 3;
const MOST_PAUSE_MS = 5000;

export interface RoundResult {
  /** Something was done or is not ready yet: look again after so many milliseconds. */
  readonly againMs: number | undefined;
  readonly resign: string | undefined;
}

export async function reconcile(
  self: NodeId,
  kvs: ReadonlyMap<string, KeyValue>,
  deps: EffectDeps,
  memory: Memory,
): Promise<RoundResult> {
  const { clock, keys, log } = deps;
  memory.round += 1;
  const started = clock.monotonic();
  const known = readClusterKeys(keys, kvs.values());
  const reading = withoutUnknownUnits(specInForce(known), known);
  for (const { text } of newRefusals(known, reading)) log.warn(text);
  // What the operator wrote is answered without a look at the rafts, and so while they are looked at.
  const answers = specStatusWrites(keys, known, reading, clock.now());
  const [seen, etcd] = await Promise.all([
    observeSwarm(deps.docker, clock, emptiedNodes(known)),
    observeEtcd(deps.membership, clock, missedMembers(known)),
    answers.length > 0 ? tell(deps, specNews(known, reading), answers) : undefined,
  ]);
  const now = clock.now();
  memory.unseenSince = seen.known ? undefined : (memory.unseenSince ?? seen.since);
  const swarm = seen.known ? seen : { ...seen, since: memory.unseenSince ?? seen.since };
  const leader = seen.known && etcd.known ? seen.value.nodes.find(node => node.manager?.leader)?.id : undefined;
  memory.watch = watchOn(memory.watch, { now, monotonic: clock.monotonic(), leader });
  memory.wellness = lookedAt(memory.wellness, known, now);
  const planned = plan({
    now,
    self,
    spec: reading.spec,
    swarm,
    etcd,
    registrations: known.registrations,
    statuses: known.statuses,
    assignments: known.assignments,
    operation: known.operation,
    swarmRecord: known.swarm,
    workerToken: known.workerToken,
    previous: known.cluster,
    remediation: known.remediation,
    shunned: known.shunned,
    watchedSince: memory.watch.since,
    rollout: known.rollout,
    revisions: known.revisions,
    wellSince: new Map([...memory.wellness].map(([node, { since }]) => [node, since])),
  });

  if (!planned.actions.some(({ type }) => type === "resign")) await tellLead(deps, memory);
  const outcome = await executeAll(planned.actions, known.operation, deps, memory);
  const report = clusterStatusWrites(keys, known, planned.report);
  const news = [
    ...driftNews(memory.drift, known, memory.round === 1),
    ...(planned.report && report.length > 0 ? clusterNews(known.cluster, planned.report, goneNodes(known)) : []),
  ];
  if (news.length > 0 || report.length > 0) await tell(deps, news, report);
  memory.lastTold = logRound(deps, memory.lastTold, {
    round: memory.round,
    ms: Math.round(clock.monotonic() - started),
    causes: newOrders(known.spec, memory),
    goal: planned.report?.goal,
    managers: planned.report?.managers,
    done: outcome.done.map(describe),
    waiting: [
      ...(planned.report?.waiting ?? []).map(({ what, reason, why }) => ({
        ...{ id: `${what}/${reason}`, text: `${what}: ${why}` },
      })),
      ...outcome.notYet,
      ...planned.problems.map(text => ({ id: problemId(planned.report), text })),
      ...known.problems.map(problem => ({ id: `problem/${problem.path}`, text: explain(problem) })),
    ],
  });
  countRepeats(outcome.done, memory);
  const delays = [planned.lookAgainMs, outcome.againMs].filter(ms => ms !== undefined);
  return { againMs: delays.length > 0 ? Math.min(...delays) : undefined, resign: outcome.resign };
}

/** Why nothing is done, by the types of the conditions that say so. */
const problemId = (report: ClusterStatus | undefined): string =>
  (report?.conditions ?? [])
    .flatMap(({ type }) => (type === "PlanRejected" || UNOBSERVABLE.includes(type) ? type : []))
    .join("+");

/** Members that the last look missed, and the one that is being replaced. */
const missedMembers = ({ cluster, operation }: Pick<ClusterKeys, "cluster" | "operation">): ReadonlySet<MemberId> =>
  new Set([...(cluster?.missing ?? []), operation?.replaces].flatMap(one => one?.member ?? []));

/** Nodes of hosts whose units change once no task is left there. */
const emptiedNodes = ({ rollout, statuses }: Pick<ClusterKeys, "rollout" | "statuses">): ReadonlySet<SwarmNodeId> =>
  new Set(rollout?.draining.flatMap(({ node }) => statuses.get(node)?.swarm.node ?? []));

/** Records at once, the rest in order; the first that is not ready stops the rest, which may build on it. */
async function executeAll(
  actions: readonly Action[],
  operation: Parameters<typeof execute>[1],
  deps: EffectDeps,
  memory: Memory,
) {
  const records = actions.filter(isRecord);
  await writeRecords(records, deps);
  const done: Action[] = [...records];
  for (const action of actions.filter(action => !isRecord(action))) {
    if (action.type === "resign") {
      await tellResigning(action.why, deps, memory);
      return { done, resign: action.why, againMs: undefined, notYet: [] };
    }
    const outcome = await execute(action, operation, deps);
    if (outcome.kind === "again")
      return {
        done,
        resign: undefined,
        againMs: outcome.afterMs,
        notYet: [{ id: `${actionId(action)}/${outcome.reason}`, text: `${describe(action)}: ${outcome.why}` }],
      };
    done.push(action);
  }
  return { done, resign: undefined, againMs: done.length > 0 ? 0 : undefined, notYet: [] };
}

/** Once a term, and never by one that does not stay: who takes the lead only to give it up has nothing to tell. */
async function tellLead(deps: EffectDeps, memory: Memory): Promise<void> {
  if (memory.leads) return;
  await tell(deps, [leadNews(deps, "ControllerElected", "leads")], []);
  memory.leads = true;
}

async function tellResigning(why: string, deps: EffectDeps, memory: Memory): Promise<void> {
  if (!memory.leads) return;
  await tell(deps, [leadNews(deps, "ControllerResigned", `gives up the lead: ${why}`)], []);
}

const leadNews = ({ events: { by } }: EffectDeps, reason: string, what: string): News => ({
  ...{ about: "controller", level: "info", reason, subject: by, text: `the controller on ${by} ${what}`, node: by },
});

/** Swarm nodes of hosts that have said goodbye. */
const goneNodes = ({ statuses }: ClusterKeys): ReadonlySet<string> =>
  new Set([...statuses.values()].flatMap(({ phase, left }) => (phase === "gone" ? left : [])));

/** Keeps count of rounds that did just what the round before did. */
function countRepeats(done: readonly Action[], memory: Memory): void {
  const did = done.map(actionId).join();
  memory.repeats = did !== "" && did === memory.lastDone ? memory.repeats + 1 : 0;
  memory.lastDone = did;
}

/** How long to wait before a round: not at all, unless the last ones did one thing again and again to no effect. */
export const pauseBefore = ({ repeats }: Memory): number =>
  repeats < PATIENT_REPEATS ? 0 : Math.min(MOST_PAUSE_MS, 50 * 2 ** repeats);

/** What the operator has written since the last round: "spec/managers (revision 1290)". */
function newOrders(spec: readonly SpecEntry[], memory: Memory): string[] {
  const seen = memory.specRevision;
  memory.specRevision = Math.max(seen ?? 0, ...spec.map(({ revision }) => revision));
  if (seen === undefined) return [];
  return spec.flatMap(({ path, revision }) => (revision > seen ? [`spec/${path} changed (revision ${revision})`] : []));
}
