// The rollout's record and the assignments that follow from it: what agents act upon.
import type { Write } from "../../drivers/etcd/port.ts";
import type { Action } from "../plan/actions.ts";
import type { EffectDeps } from "./deps.ts";
import { recordEvents } from "./record-events.ts";

export type RecordAction = Extract<Action, { type: "write-rollout" | "write-assignment" }>;

export const isRecord = (action: Action): action is RecordAction =>
  action.type === "write-rollout" || action.type === "write-assignment";

/**
 * In one transaction where etcd takes them in one: an agent hears of its change one write after the operator's. Where
 * there are more, texts come before the revision that names them, the rollout before what is assigned by it, and the old
 * goes last: whatever is the last write to come through, nothing speaks of what is not there.
 */
export async function writeRecords(actions: readonly RecordAction[], deps: EffectDeps): Promise<void> {
  const { keys } = deps;
  const rollouts = actions.filter(action => action.type === "write-rollout");
  const fresh = rollouts.flatMap(action => action.fresh ?? []);
  const texts = fresh.flatMap(({ texts }) =>
    Object.entries(texts).map(([hash, value]) => ({ put: keys.unitTexts.of(hash), value })),
  );
  const revisions = fresh.map(({ revision }) => ({
    put: keys.revisions.of(revision.number),
    value: JSON.stringify(revision),
  }));
  const records = rollouts.map(({ rollout }) => ({ put: keys.rollout, value: JSON.stringify(rollout) }));
  const assignments = actions.flatMap((action): Write[] =>
    action.type === "write-assignment"
      ? [{ put: keys.assignments.of(action.node), value: JSON.stringify(action.assignment) }]
      : [],
  );
  const old = fresh.flatMap(({ drop }) => [
    ...drop.revisions.map(keys.revisions.of),
    ...drop.texts.map(keys.unitTexts.of),
  ]);
  const writes = [...texts, ...revisions, ...records, ...assignments, ...old.map(key => ({ delete: key }))];
  if (writes.length > 0)
    await recordEvents(
      deps,
      rollouts.flatMap(({ events }) => events),
      writes,
    );
}
