// The steps of an assignment that change what etcd is on this node: become a member, leave etcd, proxy to other voters.
import { backoff } from "../../drivers/clock/backoff.ts";
import type { ConnectedAgent } from "../context.ts";
import { askMembers, removalUncertainty, startUncertainty } from "../etcd/removal.ts";
import { becomeMember, becomeProxy, etcdProblem } from "../etcd/role.ts";
import { etcdUrls } from "../host/etcd-urls.ts";
import type { Explanation } from "../host/explanation.ts";
import { observeEtcd } from "../status/observe.ts";
import type { Step } from "./plan.ts";

/** A new member answers within a second, unless the voters need an election first. */
const FIRST_ANSWER_MS = 10_000;
const FIRST_POLL_MS = 25;
const MAX_POLL_MS = 500;

const UNUSABLE: Explanation = { reason: "EtcdUnusable", text: "etcd cannot be used on this node" };

/** Reports an unusable etcd as such, so that the assignment is not reported as its cause. */
async function etcdUsable(agent: ConnectedAgent): Promise<boolean> {
  const problem = await etcdProblem(agent);
  if (problem !== undefined) reportRejected(agent, problem);
  return problem === undefined;
}

/** Reports why etcd must not run on this node, or that it may. */
export function reportRejected({ report }: ConnectedAgent, rejected: Explanation | undefined): void {
  if (rejected === undefined) report.settle("etcd");
  else report.setMessage("etcd", { kind: "rejected", ...rejected });
}

/** Runs a proxy to these client URLs. Returns the problems. */
export async function proxyTo(agent: ConnectedAgent, endpoints: readonly string[]): Promise<Explanation[]> {
  if (!(await etcdUsable(agent))) return [UNUSABLE];
  await becomeProxy(agent, endpoints);
  await observeEtcd(agent);
  reportRejected(agent, undefined);
  return [];
}

/** Starts the assigned etcd member, after a quorum has listed it as never started. Returns the problems. */
export async function joinEtcd(
  agent: ConnectedAgent,
  step: Extract<Step, { do: "become-member" }>,
  signal: AbortSignal,
): Promise<Explanation[]> {
  const peerUrl = etcdUrls(agent.config.etcd).peer(agent.self.address);
  if (!(await etcdUsable(agent))) return [UNUSABLE];
  const uncertainty = startUncertainty(await askMembers(agent, agent.etcd.endpoints()), {
    member: step.member,
    peerUrl,
  });
  if (uncertainty !== undefined) {
    return [{ reason: "EtcdStartUnconfirmed", text: `does not start as an etcd member: ${uncertainty}` }];
  }
  await becomeMember(agent, step.member, step.initialCluster);
  reportRejected(agent, undefined);
  if (await firstAnswer(agent, signal)) return [];
  const text = `etcd member ${step.member} has been started and does not answer yet`;
  return [{ reason: "EtcdMemberStarting", text }];
}

/** Waits for the new member to answer, so that the generation is reported as soon as it is applied. */
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

/** Becomes a proxy and wipes the data, after a quorum has listed none of `removed`. Returns the problems. */
export async function leaveEtcd(
  agent: ConnectedAgent,
  step: Extract<Step, { do: "leave-etcd" }>,
): Promise<Explanation[]> {
  const { etcd } = agent.store.state();
  const claim = {
    removed: step.removed,
    peerUrl: etcdUrls(agent.config.etcd).peer(agent.self.address),
    cluster: etcd?.mode === "member" ? etcd.cluster : undefined,
  };
  const uncertainty = removalUncertainty(await askMembers(agent, step.endpoints), claim);
  if (uncertainty !== undefined) {
    return [{ reason: "EtcdRemovalUnconfirmed", text: `keeps its etcd data: ${uncertainty}` }];
  }
  await becomeProxy(agent, step.endpoints, step.removed[0]);
  // etcd is observed first: the status must not show the new generation with the node still as a member.
  await observeEtcd(agent);
  reportRejected(agent, undefined);
  agent.report.settle("cluster");
  return [];
}
