// The plan as an object and as lines: the goal, the steps in order with their reasons, what the leader waits for, and how
// many voters each raft can lose. It comes from the leader's report, because a second planner could decide differently.
import { z } from "zod";
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import { PlanStep } from "../../crd-like-specs/resources/cluster-status.ts";
import { Waiting } from "../../crd-like-specs/resources/shapes.ts";
import { type Paint, table } from "../terminal/paint.ts";
import { waitingText } from "../terminal/time.ts";

export const PlanView = z.object({
  /** The wanted and the current state; without a report, why there is none. */
  goal: z.string(),
  /** Empty if there is nothing to do. */
  steps: z.array(PlanStep),
  waiting: z.array(Waiting),
  /** How many voters each raft can lose now. */
  canLose: z.object({ etcd: z.int(), swarm: z.int() }).optional(),
  /** False if no controller leads: the rest is then the last leader's report, and no step is taken. */
  hasLeader: z.boolean(),
  /** Whether a controller has reported yet. */
  reported: z.boolean(),
});
export type PlanView = z.infer<typeof PlanView>;

/** Pure: the same keys give the same view. */
export function buildPlan({ cluster, leader }: ClusterKeys): PlanView {
  const hasLeader = leader !== undefined;
  if (cluster === undefined) {
    const goal = hasLeader ? "the controller has not reported yet" : "no controller has led this cluster yet";
    return { goal, steps: [], waiting: [], hasLeader, reported: false };
  }
  return {
    goal: cluster.goal,
    steps: cluster.steps,
    waiting: cluster.waiting,
    canLose: { etcd: cluster.etcd.quorum.canLose, swarm: cluster.swarm.quorum.canLose },
    hasLeader,
    reported: true,
  };
}

/** Human-readable lines; `now` in milliseconds since 1970. */
export function planText(view: PlanView, now: number, paint: Paint): string[] {
  const lines = [paint("strong", `${sentence(view.goal)}.`)];
  if (!view.hasLeader) lines.push(paint("bad", "No controller leads: no step is taken until one does."));
  if (!view.reported) return lines;
  if (!view.hasLeader) lines.push("The last leader reported:");
  if (view.steps.length === 0 && view.waiting.length === 0) lines.push("Nothing to do.");
  if (view.steps.length > 0) {
    const rows = view.steps.map(({ node, system, text, why }, index) => [
      { text: String(index + 1).padStart(3) },
      { text: node },
      { text: system },
      { text },
      { text: why ?? "", tone: "faint" as const },
    ]);
    lines.push(...table(rows, paint));
  }
  for (const waiting of view.waiting) lines.push(paint("busy", `Waiting for ${waitingText(waiting, now)}`));
  if (view.canLose !== undefined && view.steps.length > 0) {
    const { etcd, swarm } = view.canLose;
    lines.push(
      etcd === swarm
        ? `Now: etcd and swarm can each lose ${etcd}.`
        : `Now: etcd can lose ${etcd}, swarm can lose ${swarm}.`,
    );
  }
  return lines;
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, "");
