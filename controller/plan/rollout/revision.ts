// The spec's units against the newest revision: what is new is recorded, and the rollout turned to it.
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
import { again } from "./disruption-budget.ts";

/** So many sets are kept to go back to. */
const KEPT = 10;

/** The revision that the spec asks for, where it is not the one that is rolled out already. */
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

/** A host that was left out may still run what no kept revision lists. */
function assignedDrains({ revisions, assignments }: PlanInput): string[] {
  const draining = drainingTexts(revisions.values());
  return [...assignments.values()].flatMap(({ files }) =>
    Object.values(files ?? {}).filter(hash => draining.has(hash)),
  );
}

/** By hash; what an earlier revision has brought is there already. */
function newTexts({ spec, revisions }: PlanInput, { files }: Wanted): Record<string, string> {
  const known = new Set([...revisions.values()].flatMap(revision => Object.values(revision.files)));
  const texts: Record<string, string> = {};
  for (const { name, text, hash } of Object.values(spec.units.files)) {
    if (files[name] !== undefined && !known.has(hash)) texts[hash] = text;
  }
  return texts;
}

/** Beyond the last ten, but never what a rollout may still go back to, nor a text that some host is assigned. */
function outdated({ revisions, rollout, assignments }: PlanInput, newest: Revision): NewRevision["drop"] {
  const numbers = [...revisions.keys()].sort((a, b) => b - a);
  const gone = numbers
    .slice(KEPT - 1)
    .filter(number => number !== rollout?.lastGoodRevision && number !== rollout?.target);
  const kept = [newest, ...numbers.filter(number => !gone.includes(number)).map(number => revisions.get(number))];
  const used = new Set([
    ...kept.flatMap(revision => Object.values(revision?.files ?? {})),
    ...[...assignments.values()].flatMap(({ files, vault }) => [...Object.values(files ?? {}), vault?.unit ?? ""]),
  ]);
  const texts = gone.flatMap(number => Object.values(revisions.get(number)?.files ?? {}));
  return { revisions: gone, texts: [...new Set(texts)].filter(hash => !used.has(hash)) };
}

function changeOf(before: Revision | undefined, after: Revision): string {
  if (before === undefined) return "the first";
  const names = ROLES.flatMap(role => changedNames(setOf(before, role), setOf(after, role)));
  // Its text is in no list, and is rolled in an order of its own.
  if (before.files[VAULT_UNIT] !== after.files[VAULT_UNIT]) names.push(VAULT_UNIT);
  return names.length > 0 ? [...new Set(names)].join(", ") : "another order";
}

/** Turns to a revision; whoever was changed and not proven stays on our account. */
export function startRollout(input: PlanInput, revision: number, target: number, lastGoodRevision: number): Rollout {
  const now = new Date(input.now).toISOString();
  const { draining = [], inFlight = [], failed = [] } = input.rollout ?? {};
  return {
    revision,
    target,
    lastGoodRevision,
    updated: 0,
    draining,
    inFlight: [...inFlight, ...failed.map(entry => again(entry, now))],
    failed: [],
    retry: input.spec.rollout.retry,
    begunAt: now,
    progressAt: now,
  };
}
