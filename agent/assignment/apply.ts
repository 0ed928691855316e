// Follows `assignments/ID`: each time it, or this host, may have changed, plans anew and takes the steps.
// The last assignment is on the disk, so that a host without etcd goes on, and starts again, as what it was.
import { retry } from "rxjs";
import { informer } from "../../coordination/informer.ts";
import { type Bell, bell } from "../../coordination/wakeup.ts";
import { reasonOf } from "../../crd-like-specs/reason.ts";
import { parseResource } from "../../crd-like-specs/resources/parse-resource.ts";
import { explain } from "../../crd-like-specs/validation.ts";
import { backoff } from "../../drivers/clock/backoff.ts";
import type { ConnectedAgent } from "../context.ts";
import { askMembers, removalDoubt, startDoubt } from "../etcd/removal.ts";
import { becomeMember, becomeProxy, dataIsThere, etcdProblem, keepEtcd } from "../etcd/role.ts";
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
const FIRST_LOOK_MS = 25;
const MOST_LOOK_MS = 500;

/** Follows for as long as it is not aborted. Every failure is said, and tried again. */
export async function followAssignment(agent: ConnectedAgent, signal: AbortSignal): Promise<void> {
  const news = bell(agent.clock);
  const watching = watchAssignment(agent, news, signal);
  const waits = backoff({ firstMs: FIRST_PAUSE_MS, mostMs: RESYNC_MS, random: agent.random });
  try {
    for (;;) {
      const { assignment } = agent.store.state();
      const reached = await obey(agent, signal);
      await observe(agent);
      const well = reached && agent.report.facts().etcd?.healthy === true;
      await rest(agent, news, well ? RESYNC_MS : waits.next(), signal);
      if (well || agent.store.state().assignment !== assignment) waits.reset();
    }
  } finally {
    watching.unsubscribe();
  }
}

/** Until there is news, or `ms` have passed; while units have been changed lately they are looked at all the same. */
async function rest(agent: ConnectedAgent, news: Bell, ms: number, signal: AbortSignal): Promise<void> {
  const { clock, pace } = agent;
  const until = clock.monotonic() + ms;
  for (let left = ms; left > 0; left = until - clock.monotonic()) {
    const look = pace.lookMs();
    if (await news.wait(Math.min(left, look), signal)) return;
    if (look < left) await observeUnits(agent);
  }
}

function watchAssignment(agent: ConnectedAgent, news: Bell, signal: AbortSignal) {
  const { etcd, clock, random, keys, self, report } = agent;
  const key = keys.assignments.of(self.id);
  const broken = (error: unknown) => {
    report.say("orders", { kind: "failing", text: `the assignment cannot be watched: ${reasonOf(error)}` });
    return clock.sleep(RESYNC_MS, signal);
  };
  return informer(etcd.kv, key, { clock, random })
    .pipe(retry({ delay: broken }))
    .subscribe({
      next: ({ kvs }) => {
        const text = kvs.get(key)?.value;
        // One that was deleted leaves the last one in force: running units keep running.
        if (text !== undefined) void keepAssignment(agent, key, text).then(() => news.ring());
      },
      error: () => {}, // only when told to stop
    });
}

/** Puts it on the disk, from where it is obeyed. One that cannot be read leaves the last one in force too. */
async function keepAssignment({ store, report, log }: ConnectedAgent, key: string, text: string): Promise<void> {
  const assignment = parseResource("Assignment", key, text);
  if (!assignment.ok) {
    const why = `${explain(assignment.error)}; the last assignment stays in force`;
    report.say("orders", { kind: "failing", text: why });
    return;
  }
  const { generation, role, etcd, units } = assignment.value;
  if (store.state().assignment?.generation !== generation) {
    log.info({ about: "assignment", generation, role, etcd: etcd.mode, units }, "has a new assignment");
  }
  try {
    await store.update(state => ({ ...state, assignment: assignment.value }));
    report.settle("orders");
  } catch (error) {
    report.say("orders", { kind: "failing", text: `the assignment cannot be kept: ${reasonOf(error)}` });
  }
}

/** One pass; true when all of the assignment is reached (or there is none and etcd runs as it should). */
async function obey(agent: ConnectedAgent, signal: AbortSignal): Promise<boolean> {
  const { store, report } = agent;
  const { assignment } = store.state();
  report.see({ assignment });
  const { steps, problem } = assignment
    ? planAssignment(await hostView(agent), assignment)
    : { steps: [{ do: "keep-etcd" } as const], problem: undefined };
  const problems = problem === undefined ? [] : [problem];
  for (const step of steps) {
    signal.throwIfAborted();
    try {
      problems.push(...(await take(agent, step, signal)));
    } catch (error) {
      signal.throwIfAborted();
      problems.push(`${nameOf(step)}: ${reasonOf(error)}`);
    }
  }
  if (problems.length > 0) {
    report.say("assignment", { kind: "failing", text: [...new Set(problems)].join("; ") });
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
async function take(agent: ConnectedAgent, step: Step, signal: AbortSignal): Promise<string[]> {
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
    case "keep-etcd":
      return keep(agent);
    case "run-units":
      return runUnits(agent, step.assignment, signal);
  }
}

async function keep(agent: ConnectedAgent): Promise<string[]> {
  const { refused } = await keepEtcd(agent);
  sayRefused(agent, refused);
  return [];
}

/** An etcd that cannot be used is refused as such, and the assignment not blamed for it. */
async function etcdUsable(agent: ConnectedAgent): Promise<boolean> {
  const wrong = await etcdProblem(agent);
  if (wrong !== undefined) sayRefused(agent, wrong);
  return wrong === undefined;
}

function sayRefused({ report }: ConnectedAgent, refused: string | undefined): void {
  if (refused === undefined) report.settle("etcd");
  else report.say("etcd", { kind: "refused", text: refused });
}

async function follow(agent: ConnectedAgent, endpoints: readonly string[]): Promise<string[]> {
  if (!(await etcdUsable(agent))) return ["etcd cannot be used on this host"];
  await becomeProxy(agent, endpoints);
  await observeEtcd(agent);
  sayRefused(agent, undefined);
  return [];
}

async function join(
  agent: ConnectedAgent,
  step: Extract<Step, { do: "become-member" }>,
  signal: AbortSignal,
): Promise<string[]> {
  const peerUrl = etcdUrls(agent.config.etcd).peer(agent.self.address);
  if (!(await etcdUsable(agent))) return ["etcd cannot be used on this host"];
  const doubt = startDoubt(await askMembers(agent, agent.etcd.endpoints()), { member: step.member, peerUrl });
  if (doubt !== undefined) return [`does not start as an etcd member: ${doubt}`];
  await becomeMember(agent, step.member, step.initialCluster);
  sayRefused(agent, undefined);
  return (await firstAnswer(agent, signal))
    ? []
    : [`etcd member ${step.member} has been started and does not answer yet`];
}

/** Waits for the new member, so that the generation is reported as soon as it is true. */
async function firstAnswer(agent: ConnectedAgent, signal: AbortSignal): Promise<boolean> {
  const { clock, random } = agent;
  const deadline = clock.monotonic() + FIRST_ANSWER_MS;
  const waits = backoff({ firstMs: FIRST_LOOK_MS, mostMs: MOST_LOOK_MS, random });
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
  const doubt = removalDoubt(await askMembers(agent, step.endpoints), asked);
  if (doubt !== undefined) return [`keeps its etcd data: ${doubt}`];
  await becomeProxy(agent, step.endpoints, step.removed[0]);
  // Before the generation is reported: nobody is to read that this is reached, and that the host is a member still.
  await observeEtcd(agent);
  sayRefused(agent, undefined);
  agent.report.settle("cluster");
  return [];
}

const STEP_NAMES: Record<Step["do"], string> = {
  "use-endpoints": "cannot turn to the etcd endpoints assigned",
  "stop-units": "cannot stop its units",
  "become-member": "cannot become an etcd member",
  "leave-etcd": "cannot give up its etcd membership",
  "proxy-to": "cannot set up the etcd proxy",
  "keep-etcd": "cannot keep etcd running",
  "run-units": "cannot run its units",
};

const nameOf = (step: Step): string => STEP_NAMES[step.do];
