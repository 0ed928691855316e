// Follows `assignments/ID`: each time it, or this host, may have changed, plans anew and takes the steps.
// The last assignment is on the disk, so that a host without etcd goes on, and starts again, as what it was.
import { retry } from "rxjs";
import { informer } from "../../coordination/informer.ts";
import { createWakeup, type Wakeup } from "../../coordination/wakeup.ts";
import { reasonOf } from "../../crd-like-specs/reason.ts";
import { parseResource } from "../../crd-like-specs/resources/parse-resource.ts";
import { explain } from "../../crd-like-specs/validation.ts";
import { backoff } from "../../drivers/clock/backoff.ts";
import type { ConnectedAgent } from "../context.ts";
import { askMembers, removalUncertainty, startUncertainty } from "../etcd/removal.ts";
import { becomeMember, becomeProxy, dataIsThere, ensureEtcd, etcdProblem } from "../etcd/role.ts";
import { etcdUrls } from "../host/etcd-urls.ts";
import { observe, observeEtcd } from "../status/observe.ts";
import { runUnits, stopUnits } from "../units/apply.ts";
import { observeUnits } from "../units/observe.ts";
import { planAssignment, type Step } from "./plan.ts";

/** Looked at this often without any news, to find what changed by itself. */
const RESYNC_MS = 15_000;
/** While something is amiss: etcd that has just been started answers soon, and what stays amiss is asked ever less. */
const FIRST_PAUSE_MS = 500;
/** A new member answers within a second; its voters' word for it may take an election. */
const FIRST_ANSWER_MS = 10_000;
const FIRST_POLL_MS = 25;
const MAX_POLL_MS = 500;

/** Follows for as long as it is not aborted. Every failure is said, and tried again. */
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

/** Until there is news, or `ms` have passed; while units have been changed lately they are looked at all the same. */
async function pause(agent: ConnectedAgent, wakeup: Wakeup, ms: number, signal: AbortSignal): Promise<void> {
  const { clock, pacing } = agent;
  const until = clock.monotonic() + ms;
  for (let left = ms; left > 0; left = until - clock.monotonic()) {
    const poll = pacing.pollMs();
    if (await wakeup.wait(Math.min(left, poll), signal)) return;
    if (poll < left) await observeUnits(agent);
  }
}

function watchAssignment(agent: ConnectedAgent, wakeup: Wakeup, signal: AbortSignal) {
  const { etcd, clock, random, keys, self, report } = agent;
  const key = keys.assignments.of(self.id);
  const broken = (error: unknown) => {
    report.setMessage("orders", { kind: "failing", text: `the assignment cannot be watched: ${reasonOf(error)}` });
    return clock.sleep(RESYNC_MS, signal);
  };
  return informer(etcd.kv, key, { clock, random })
    .pipe(retry({ delay: broken }))
    .subscribe({
      next: ({ kvs }) => {
        const text = kvs.get(key)?.value;
        // One that was deleted leaves the last one in force: running units keep running.
        if (text !== undefined) void saveAssignment(agent, key, text).then(() => wakeup.wake());
      },
      error: () => {}, // only when told to stop
    });
}

/** Puts it on the disk, from where it is obeyed. One that cannot be read leaves the last one in force too. */
async function saveAssignment({ store, report, log }: ConnectedAgent, key: string, text: string): Promise<void> {
  const assignment = parseResource("Assignment", key, text);
  if (!assignment.ok) {
    const why = `${explain(assignment.error)}; the last assignment stays in force`;
    report.setMessage("orders", { kind: "failing", text: why });
    return;
  }
  const { generation, role, etcd, units } = assignment.value;
  if (store.state().assignment?.generation !== generation) {
    log.info({ topic: "assignment", generation, role, etcd: etcd.mode, units }, "has a new assignment");
  }
  try {
    await store.update(state => ({ ...state, assignment: assignment.value }));
    report.settle("orders");
  } catch (error) {
    report.setMessage("orders", { kind: "failing", text: `the assignment cannot be kept: ${reasonOf(error)}` });
  }
}

/** One pass; true when all of the assignment is reached (or there is none and etcd runs as it should). */
async function applyAssignment(agent: ConnectedAgent, signal: AbortSignal): Promise<boolean> {
  const { store, report } = agent;
  const { assignment } = store.state();
  report.see({ assignment });
  const { steps, problem } = assignment
    ? planAssignment(await hostView(agent), assignment)
    : { steps: [{ do: "ensure-etcd" } as const], problem: undefined };
  const problems = problem === undefined ? [] : [problem];
  for (const step of steps) {
    signal.throwIfAborted();
    try {
      problems.push(...(await runStep(agent, step, signal)));
    } catch (error) {
      signal.throwIfAborted();
      problems.push(`${nameOf(step)}: ${reasonOf(error)}`);
    }
  }
  if (problems.length > 0) {
    report.setMessage("assignment", { kind: "failing", text: [...new Set(problems)].join("; ") });
    return false;
  }
  report.settle("assignment");
  if (assignment && assignment.generation !== report.facts().generation) {
    // Looked at first: nobody is to read that it is reached, beside how the units were before.
    await observeUnits(agent);
    report.see({ generation: assignment.generation });
  }
  return true;
}

async function hostView(agent: ConnectedAgent) {
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

/** Takes one step; returns what stands in its way. */
async function runStep(agent: ConnectedAgent, step: Step, signal: AbortSignal): Promise<string[]> {
  const { store, etcd } = agent;
  switch (step.do) {
    case "use-endpoints":
      etcd.setEndpoints(step.endpoints);
      await store.update(state => ({ ...state, endpoints: [...step.endpoints] }));
      return [];
    case "stop-units":
      return stopUnits(agent, step.assignment);
    case "become-member":
      return join(agent, step, signal);
    case "leave-etcd":
      return leave(agent, step);
    case "proxy-to":
      return follow(agent, step.endpoints);
    case "ensure-etcd":
      return keep(agent);
    case "run-units":
      return runUnits(agent, step.assignment, signal);
  }
}

async function keep(agent: ConnectedAgent): Promise<string[]> {
  const { rejected } = await ensureEtcd(agent);
  reportRejected(agent, rejected);
  return [];
}

/** An etcd that cannot be used is refused as such, and the assignment not blamed for it. */
async function etcdUsable(agent: ConnectedAgent): Promise<boolean> {
  const wrong = await etcdProblem(agent);
  if (wrong !== undefined) reportRejected(agent, wrong);
  return wrong === undefined;
}

function reportRejected({ report }: ConnectedAgent, rejected: string | undefined): void {
  if (rejected === undefined) report.settle("etcd");
  else report.setMessage("etcd", { kind: "rejected", text: rejected });
}

async function follow(agent: ConnectedAgent, endpoints: readonly string[]): Promise<string[]> {
  if (!(await etcdUsable(agent))) return ["etcd cannot be used on this host"];
  await becomeProxy(agent, endpoints);
  await observeEtcd(agent);
  reportRejected(agent, undefined);
  return [];
}

async function join(
  agent: ConnectedAgent,
  step: Extract<Step, { do: "become-member" }>,
  signal: AbortSignal,
): Promise<string[]> {
  const peerUrl = etcdUrls(agent.config.etcd).peer(agent.self.address);
  if (!(await etcdUsable(agent))) return ["etcd cannot be used on this host"];
  const uncertainty = startUncertainty(await askMembers(agent, agent.etcd.endpoints()), {
    member: step.member,
    peerUrl,
  });
  if (uncertainty !== undefined) return [`does not start as an etcd member: ${uncertainty}`];
  await becomeMember(agent, step.member, step.initialCluster);
  reportRejected(agent, undefined);
  return (await firstAnswer(agent, signal))
    ? []
    : [`etcd member ${step.member} has been started and does not answer yet`];
}

/** Waits for the new member, so that the generation is reported as soon as it is true. */
async function firstAnswer(agent: ConnectedAgent, signal: AbortSignal): Promise<boolean> {
  const { clock, random } = agent;
  const deadline = clock.monotonic() + FIRST_ANSWER_MS;
  const waits = backoff({ firstMs: FIRST_POLL_MS, mostMs: MAX_POLL_MS, random });
  while (clock.monotonic() < deadline) {
    if (await observeEtcd(agent)) return true;
    await clock.sleep(waits.next(), signal);
  }
  return false;
}

async function leave(agent: ConnectedAgent, step: Extract<Step, { do: "leave-etcd" }>): Promise<string[]> {
  const { etcd } = agent.store.state();
  const asked = {
    removed: step.removed,
    peerUrl: etcdUrls(agent.config.etcd).peer(agent.self.address),
    cluster: etcd?.mode === "member" ? etcd.cluster : undefined,
  };
  const uncertainty = removalUncertainty(await askMembers(agent, step.endpoints), asked);
  if (uncertainty !== undefined) return [`keeps its etcd data: ${uncertainty}`];
  await becomeProxy(agent, step.endpoints, step.removed[0]);
  // Before the generation is reported: nobody is to read that this is reached, and that the host is a member still.
  await observeEtcd(agent);
  reportRejected(agent, undefined);
  agent.report.settle("cluster");
  return [];
}

const STEP_NAMES: Record<Step["do"], string> = {
  "use-endpoints": "cannot turn to the etcd endpoints assigned",
  "stop-units": "cannot stop its units",
  "become-member": "cannot become an etcd member",
  "leave-etcd": "cannot give up its etcd membership",
  "proxy-to": "cannot set up the etcd proxy",
  "ensure-etcd": "cannot keep etcd running",
  "run-units": "cannot run its units",
};

const nameOf = (step: Step): string => STEP_NAMES[step.do];
