// Runs the actions of one round: records at once, the rest in order.
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
  /** Why this controller gives up the lead, where an action says so. */
  readonly resign: string | undefined;
  /** Something was done or is not ready yet: the next round in so many milliseconds. */
  readonly requeueAfterMs: number | undefined;
  /** What was not ready: an id, whatever its words, and the words. */
  readonly notYet: readonly { readonly id: string; readonly text: string }[];
}

/**
 * The first action that is not ready stops the rest, which may build on it. `operation` is the one in flight. Throws what
 * etcd or docker refuse and nobody expects, and `Deposed` once this controller leads no more.
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
    if (outcome.kind === "again")
      return {
        ...{ done, resign: undefined, requeueAfterMs: outcome.requeueAfterMs },
        notYet: [{ id: `${actionId(action)}/${outcome.reason}`, text: `${describe(action)}: ${outcome.why}` }],
      };
    done.push(action);
  }
  return { done, resign: undefined, requeueAfterMs: done.length > 0 ? 0 : undefined, notYet: [] };
}
