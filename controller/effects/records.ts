// Writes the rollout and the assignments, which agents apply.
import type { Write } from "../../drivers/etcd/port.ts";
import type { Action } from "../plan/actions.ts";
import type { EffectDeps } from "./deps.ts";
import { recordEvents } from "./record-events.ts";

export type RecordAction = Extract<Action, { type: "write-rollout" | "write-assignment" }>;

export const isRecord = (action: Action): action is RecordAction =>
  action.type === "write-rollout" || action.type === "write-assignment";

/**
 * Writes all records in one transaction if they fit, so that an agent receives its change one write after the
 * operator's. Otherwise the order keeps every reference valid after each transaction: texts before the revision that
 * names them, the rollout before its assignments, and deletions last.
 */
export async function writeRecords(actions: readonly RecordAction[], deps: EffectDeps): Promise<void> {
  const { keys } = deps;
  const rollouts = actions.filter(action => action.type === "write-rollout");
  const created = rollouts.flatMap(action => action.fresh ?? []);
  const texts = created.flatMap(({ texts }) =>
    Object.entries(texts).map(([hash, value]) => ({ put: keys.unitTexts.of(hash), value })),
  );
  const revisions = created.map(({ revision }) => ({
    put: keys.revisions.of(revision.number),
    value: JSON.stringify(revision),
  }));
  const records = rollouts.map(({ rollout }) => ({ put: keys.rollout, value: JSON.stringify(rollout) }));
  const assignments = actions.flatMap((action): Write[] =>
    action.type === "write-assignment"
      ? [{ put: keys.assignments.of(action.node), value: JSON.stringify(action.assignment) }]
      : [],
  );
  const dropped = created.flatMap(({ drop }) => [
    ...drop.revisions.map(keys.revisions.of),
    ...drop.texts.map(keys.unitTexts.of),
  ]);
  const writes = [...texts, ...revisions, ...records, ...assignments, ...dropped.map(key => ({ delete: key }))];
  if (writes.length > 0)
    await recordEvents(
      deps,
      rollouts.flatMap(({ events }) => events),
      writes,
    );
}
