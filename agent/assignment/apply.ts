// Follows `assignments/ID`: each time the key or this node may have changed, it plans again and takes the steps.
// The last assignment is on disk, so that a node without etcd continues, and starts again, as what it was.
import { retry } from "rxjs";
import { informer } from "../../coordination/informer.ts";
import { createWakeup, type Wakeup } from "../../coordination/wakeup.ts";
import { reasonOf } from "../../crd-like-specs/reason.ts";
import { parseResource } from "../../crd-like-specs/resources/parse-resource.ts";
import { explain } from "../../crd-like-specs/validation.ts";
import { backoff } from "../../drivers/clock/backoff.ts";
import type { ConnectedAgent } from "../context.ts";
import { dataIsThere, ensureEtcd } from "../etcd/role.ts";
import { etcdUrls } from "../host/etcd-urls.ts";
import type { Explanation } from "../host/explanation.ts";
import { observe } from "../status/observe.ts";
import type { StatusMessage } from "../status/status.ts";
import { runUnits, stopUnits } from "../units/apply.ts";
import { observeUnits } from "../units/observe.ts";
import { joinEtcd, leaveEtcd, proxyTo, reportRejected } from "./etcd-steps.ts";
import { type CurrentNode, planAssignment, type Step } from "./plan.ts";

/** The node is observed this often without a wakeup, to find changes that start no round. */
const RESYNC_MS = 15_000;
/**
 * The first pause after a failure. An etcd that has just started answers soon; a lasting failure is retried ever
 * later.
 */
const FIRST_PAUSE_MS = 500;

/** Applies the assignment until the signal is aborted. Reports and retries each failure. */
export async function followAssignment(agent: ConnectedAgent, signal: AbortSignal): Promise<void> {
  const wakeup = createWakeup(agent.clock);
  const watching = watchAssignment(agent, wakeup, signal);
  const waits = backoff({ firstMs: FIRST_PAUSE_MS, mostMs: RESYNC_MS, random: agent.random });
  try {
    for (;;) {
      const { assignment } = agent.store.state();
      const reached = await applyAssignment(agent, signal);
      await observe(agent);
      const healthy = reached && agent.report.facts().etcd?.healthy === true;
      await pause(agent, wakeup, healthy ? RESYNC_MS : waits.next(), signal);
      if (healthy || agent.store.state().assignment !== assignment) waits.reset();
    }
  } finally {
    watching.unsubscribe();
  }
}

/** Waits for a wakeup, at most `ms`. Soon after a change of units, it observes them in the meantime. */
async function pause(agent: ConnectedAgent, wakeup: Wakeup, ms: number, signal: AbortSignal): Promise<void> {
  const { clock, pollInterval } = agent;
  const until = clock.monotonic() + ms;
  for (let left = ms; left > 0; left = until - clock.monotonic()) {
    const poll = pollInterval.ms();
    if (await wakeup.wait(Math.min(left, poll), signal)) return;
    if (poll < left) await observeUnits(agent);
  }
}

function watchAssignment(agent: ConnectedAgent, wakeup: Wakeup, signal: AbortSignal) {
  const { etcd, clock, random, keys, self, report } = agent;
  const key = keys.assignments.of(self.id);
  const broken = (error: unknown) => {
    const text = `the assignment cannot be watched: ${reasonOf(error)}`;
    report.setMessage("assignment-watch", { kind: "failing", reason: "AssignmentNotWatched", text });
    return clock.sleep(RESYNC_MS, signal);
  };
  return informer(etcd.kv, key, { clock, random })
    .pipe(retry({ delay: broken }))
    .subscribe({
      next: ({ kvs }) => {
        const text = kvs.get(key)?.value;
        // After the deletion of the key, the last assignment stays in effect: running units keep running.
        if (text !== undefined) void saveAssignment(agent, key, text).then(() => wakeup.wake());
      },
      error: () => {}, // only after an abort
    });
}

/** Writes the assignment to disk; rounds apply it from there. An invalid one leaves the last one in effect. */
async function saveAssignment({ store, report, log }: ConnectedAgent, key: string, text: string): Promise<void> {
  const assignment = parseResource("Assignment", key, text);
  if (!assignment.ok) {
    const text = `${explain(assignment.error)}; the last assignment stays in effect`;
    report.setMessage("assignment-watch", { kind: "failing", reason: "AssignmentInvalid", text });
    return;
  }
  const { generation, role, etcd, units } = assignment.value;
  if (store.state().assignment?.generation !== generation) {
    log.info({ topic: "assignment", generation, role, etcd: etcd.mode, units }, "this node has a new assignment");
  }
  try {
    await store.update(state => ({ ...state, assignment: assignment.value }));
    report.settle("assignment-watch");
  } catch (error) {
    const text = `the assignment cannot be written to disk: ${reasonOf(error)}`;
    report.setMessage("assignment-watch", { kind: "failing", reason: "AssignmentNotSaved", text });
  }
}

/** One round. True when the whole assignment is applied, or when there is none and etcd is in order. */
async function applyAssignment(agent: ConnectedAgent, signal: AbortSignal): Promise<boolean> {
  const { store, report } = agent;
  const { assignment } = store.state();
  report.update({ assignment });
  const { steps, problem } = assignment
    ? planAssignment(await currentNode(agent), assignment)
    : { steps: [{ do: "ensure-etcd" } as const], problem: undefined };
  const problems: Explanation[] = problem === undefined ? [] : [problem];
  for (const step of steps) {
    signal.throwIfAborted();
    try {
      problems.push(...(await runStep(agent, step, signal)));
    } catch (error) {
      signal.throwIfAborted();
      problems.push({ reason: "StepFailed", subject: step.do, text: `${STEP_FAILURES[step.do]}: ${reasonOf(error)}` });
    }
  }
  const message = messageOf(problems);
  if (message) {
    report.setMessage("assignment", message);
    return false;
  }
  report.settle("assignment");
  if (assignment && assignment.generation !== report.facts().generation) {
    // Units are observed first: the status must not show the new generation with the units as they were before.
    await observeUnits(agent);
    report.update({ generation: assignment.generation });
  }
  return true;
}

/** One message for all problems: the first gives the reason, and all of them together the subject. */
function messageOf(problems: readonly Explanation[]): StatusMessage | undefined {
  const keyOf = ({ reason, subject }: Explanation) => [reason, ...(subject === undefined ? [] : [subject])].join(" ");
  // stop-units and run-units may both report the problem of one unit.
  const distinct = [...new Map(problems.map(problem => [keyOf(problem), problem])).values()];
  const [first] = distinct;
  if (!first) return undefined;
  const [subject, text] = [distinct.map(keyOf).join(", "), distinct.map(problem => problem.text).join("; ")];
  return { kind: "failing", reason: first.reason, subject, text };
}

async function currentNode(agent: ConnectedAgent): Promise<CurrentNode> {
  const { self, store, config, etcd } = agent;
  const state = store.state();
  return {
    address: self.address,
    peerUrl: etcdUrls(config.etcd).peer(self.address),
    etcd: state.etcd,
    dataIsThere: await dataIsThere(agent),
    etcdAnswers: agent.report.facts().etcd?.healthy === true,
    endpoints: etcd.endpoints(),
  };
}

/** Takes one step. Returns the problems that prevent it or a part of it. */
async function runStep(agent: ConnectedAgent, step: Step, signal: AbortSignal): Promise<Explanation[]> {
  const { store, etcd } = agent;
  switch (step.do) {
    case "use-endpoints":
      etcd.setEndpoints(step.endpoints);
      await store.update(state => ({ ...state, endpoints: [...step.endpoints] }));
      return [];
    case "stop-units":
      return stopUnits(agent, step.assignment);
    case "become-member":
      return joinEtcd(agent, step, signal);
    case "leave-etcd":
      return leaveEtcd(agent, step);
    case "proxy-to":
      return proxyTo(agent, step.endpoints);
    case "ensure-etcd":
      reportRejected(agent, (await ensureEtcd(agent)).rejected);
      return [];
    case "run-units":
      return runUnits(agent, step.assignment, signal);
  }
}

const STEP_FAILURES: Record<Step["do"], string> = {
  "use-endpoints": "cannot use the assigned etcd endpoints",
  "stop-units": "cannot stop its units",
  "become-member": "cannot become an etcd member",
  "leave-etcd": "cannot leave the etcd cluster",
  "proxy-to": "cannot set up the etcd proxy",
  "ensure-etcd": "cannot keep etcd running",
  "run-units": "cannot run its units",
};
