// Runs the actions of one round: first all records together, then the others in order.
import type { Operation } from "../../crd-like-specs/resources/membership.ts";
import type { EffectDeps } from "../effects/deps.ts";
import { execute } from "../effects/execute.ts";
import { isRecord, writeRecords } from "../effects/records.ts";
import { actionId } from "../plan/action-id.ts";
import type { Action } from "../plan/actions.ts";
import { describe } from "../plan/describe.ts";
import { recordElected, recordResigned } from "./lead-events.ts";
import type { Memory } from "./memory.ts";

export interface Executed {
  readonly done: readonly Action[];
  /** Why this controller resigns; undefined unless an action demands it. */
  readonly resign: string | undefined;
  /** The time until the next round, if an action was done or was not ready, in milliseconds. */
  readonly requeueAfterMs: number | undefined;
  /** The action that was not ready: an id for programs and a text. */
  readonly notYet: readonly { readonly id: string; readonly text: string }[];
}

/**
 * Runs the actions until one is not ready, because later ones may depend on it. `operation` is the one in progress.
 * Rejects with an unexpected EtcdError or DockerError, and with `Deposed` once this controller no longer leads.
 */
export async function executePlan(
  actions: readonly Action[],
  operation: Operation | undefined,
  deps: EffectDeps,
  memory: Memory,
): Promise<Executed> {
  if (!actions.some(({ type }) => type === "resign")) await recordElected(deps, memory);
  const records = actions.filter(isRecord);
  await writeRecords(records, deps);
  const done: Action[] = [...records];
  for (const action of actions.filter(action => !isRecord(action))) {
    if (action.type === "resign") {
      await recordResigned(action.why, deps, memory);
      return { done, resign: action.why, requeueAfterMs: undefined, notYet: [] };
    }
    const outcome = await execute(action, operation, deps);
    if (outcome.kind === "requeue")
      return {
        ...{ done, resign: undefined, requeueAfterMs: outcome.requeueAfterMs },
        notYet: [{ id: `${actionId(action)}/${outcome.reason}`, text: `${describe(action)}: ${outcome.why}` }],
      };
    done.push(action);
  }
  return { done, resign: undefined, requeueAfterMs: done.length > 0 ? 0 : undefined, notYet: [] };
}
