// Compares the spec's units with the newest revision. New units become a new revision, and the rollout's target.

import { ROLES } from "../../../crd-like-specs/resources/role.ts";
import type { Revision, Rollout } from "../../../crd-like-specs/resources/rollout.ts";
import { VAULT_UNIT } from "../../../crd-like-specs/units/unit-name.ts";
import {
  changedNames,
  drainingTexts,
  isSameForNodes,
  setOf,
  type Wanted,
  wantedBy,
} from "../../../crd-like-specs/units/unit-set.ts";
import type { PlanInput } from "../../state/input.ts";
import type { NewRevision } from "../actions.ts";
import { inFlightAgain } from "./disruption-budget.ts";

/** How many revisions are kept for undo and revert. */
const KEPT_REVISIONS = 10;

/** The revision that the spec requires; undefined where the rollout has it already. */
export function newRevision(input: PlanInput): NewRevision | undefined {
  const wanted = wantedBy(input.spec);
  const present = input.rollout && input.revisions.get(input.rollout.revision);
  if (present && isSameForNodes(present, wanted)) return undefined;
  const numbers = [...input.revisions.keys(), input.rollout?.revision ?? 0];
  const drains = [...new Set([...wanted.drains, ...assignedDrains(input)])];
  const revision = { number: Math.max(0, ...numbers) + 1, at: new Date(input.now).toISOString(), ...wanted, drains };
  return {
    revision,
    texts: newTexts(input, wanted),
    drop: outdated(input, revision),
    change: changeOf(present, revision),
  };
}

/**
 * Hashes of texts with Drain=yes in assignments: a node that was passed over may still run units of a dropped revision.
 */
function assignedDrains({ revisions, assignments }: PlanInput): string[] {
  const draining = drainingTexts(revisions.values());
  return [...assignments.values()].flatMap(({ files }) =>
    Object.values(files ?? {}).filter(hash => draining.has(hash)),
  );
}

/** By hash, without the texts that an earlier revision has stored. */
function newTexts({ spec, revisions }: PlanInput, { files }: Wanted): Record<string, string> {
  const stored = new Set([...revisions.values()].flatMap(revision => Object.values(revision.files)));
  const texts: Record<string, string> = {};
  for (const { name, text, hash } of Object.values(spec.units.files)) {
    if (files[name] !== undefined && !stored.has(hash)) texts[hash] = text;
  }
  return texts;
}

/** Revisions beyond the last ten, except the last good one and the target, and the unused texts. */
function outdated({ revisions, rollout, assignments }: PlanInput, newest: Revision): NewRevision["drop"] {
  const numbers = [...revisions.keys()].sort((a, b) => b - a);
  const dropped = numbers
    .slice(KEPT_REVISIONS - 1)
    .filter(number => number !== rollout?.lastGoodRevision && number !== rollout?.target);
  const kept = [newest, ...numbers.filter(number => !dropped.includes(number)).map(number => revisions.get(number))];
  const used = new Set([
    ...kept.flatMap(revision => Object.values(revision?.files ?? {})),
    ...[...assignments.values()].flatMap(({ files, vault }) => [...Object.values(files ?? {}), vault?.unit ?? ""]),
  ]);
  const texts = dropped.flatMap(number => Object.values(revisions.get(number)?.files ?? {}));
  return { revisions: dropped, texts: [...new Set(texts)].filter(hash => !used.has(hash)) };
}

function changeOf(before: Revision | undefined, after: Revision): string {
  if (before === undefined) return "the first";
  const names = ROLES.flatMap(role => changedNames(setOf(before, role), setOf(after, role)));
  // The text of Vault's unit is in no unit list, and is rolled out in its own order.
  if (before.files[VAULT_UNIT] !== after.files[VAULT_UNIT]) names.push(VAULT_UNIT);
  return names.length > 0 ? [...new Set(names)].join(", ") : "another order";
}

/** The record with a new target. A node that was changed and is not updated still counts against the budget. */
export function startRollout(input: PlanInput, revision: number, target: number, lastGoodRevision: number): Rollout {
  const now = new Date(input.now).toISOString();
  const { draining = [], inFlight = [], failed = [] } = input.rollout ?? {};
  return {
    revision,
    target,
    lastGoodRevision,
    updated: 0,
    draining,
    inFlight: [...inFlight, ...failed.map(entry => inFlightAgain(entry, now))],
    failed: [],
    retry: input.spec.rollout.retry,
    begunAt: now,
    progressAt: now,
  };
}
