// The stored revisions as objects and as lines: when each was made, what changed with it, and which one is in effect.
import { z } from "zod";
import { span } from "../../crd-like-specs/duration.ts";
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import { ROLES } from "../../crd-like-specs/resources/role.ts";
import { setOf } from "../../crd-like-specs/units/unit-set.ts";
import { changeBetween, type SetChange, shortHash, type UnitsChange } from "../cluster/unit-set.ts";
import { type Cell, type Paint, type Tone, table } from "../terminal/paint.ts";
import { moment } from "../terminal/time.ts";

const names = z.array(z.string());
const listChange = z.object({ added: names, removed: names, reordered: z.boolean() });

const RevisionView = z.object({
  number: z.int(),
  at: z.string(),
  /** `in effect`: of the spec; `target`: nodes are brought to it; `last good`: every node ran it and was healthy. */
  marks: z.array(z.enum(["in effect", "target", "last good"])),
  units: z.object({ manager: names, worker: names }),
  /** Hashes of the texts, by unit name. */
  files: z.record(z.string(), z.string()),
  /** By listed unit: the units that it activates, which are placed with it. */
  brings: z.record(z.string(), names),
  /** Compared with the revision before; absent if that one is not stored. */
  change: z
    .object({
      manager: listChange,
      worker: listChange,
      texts: z.object({ changed: names, added: names, removed: names }),
    })
    .optional(),
});
export type RevisionView = z.infer<typeof RevisionView>;

export const HistoryView = z.object({
  /** Newest first. */
  revisions: z.array(RevisionView),
});
export type HistoryView = z.infer<typeof HistoryView>;

/** Pure: the same keys give the same view. */
export function buildHistory({ revisions, rollout }: ClusterKeys): HistoryView {
  const sorted = [...revisions.values()].sort((a, b) => b.number - a.number);
  return {
    revisions: sorted.map((revision, index) => {
      const before = sorted[index + 1];
      const { number, at, units, files, brings } = revision;
      const change = before && changeOf(changeBetween(before, revision));
      return { number, at, marks: marksOf(number, rollout), units, files, brings, ...(change && { change }) };
    }),
  };
}

/** A copy, because the view's lists are mutable. */
const changeOf = ({ manager, worker, texts }: UnitsChange): NonNullable<RevisionView["change"]> => ({
  manager: { ...manager, added: [...manager.added], removed: [...manager.removed] },
  worker: { ...worker, added: [...worker.added], removed: [...worker.removed] },
  texts: { changed: [...texts.changed], added: [...texts.added], removed: [...texts.removed] },
});

function marksOf(number: number, rollout: ClusterKeys["rollout"]): RevisionView["marks"] {
  if (rollout === undefined) return [];
  const { revision, target, lastGoodRevision } = rollout;
  return [
    ...(number === revision ? (["in effect"] as const) : []),
    ...(number === target && target !== revision ? (["target"] as const) : []),
    ...(number === lastGoodRevision ? (["last good"] as const) : []),
  ];
}

/** A table of the revisions; `now` in milliseconds since 1970. */
export function historyText({ revisions }: HistoryView, now: number, paint: Paint): string[] {
  if (revisions.length === 0) return ["No revision yet: no controller has written one."];
  const heading = ["REVISION", "AT", "AGE", "MARKS", "CHANGE"].map((text): Cell => ({ text, tone: "faint" }));
  const rows = revisions.map((revision): Cell[] => [
    { text: String(revision.number), tone: "strong" },
    { text: moment(revision.at, now) },
    { text: span(now - Date.parse(revision.at)) },
    { text: revision.marks.join(", ") || "-", ...markTone(revision) },
    { text: changeText(revision) },
  ]);
  return table([heading, ...rows], paint);
}

const markTone = ({ marks }: RevisionView): { tone?: Tone } => (marks.length > 0 ? { tone: "good" } : {});

/** `manager +a.service -b.service; worker reordered; text of c.service changed`. */
function changeText({ number, change }: RevisionView): string {
  if (change === undefined) return number === 1 ? "first revision" : `revision ${number - 1} is no longer stored`;
  const texts = (which: readonly string[], what: string) =>
    which.length === 0 ? [] : [`text${which.length === 1 ? "" : "s"} of ${which.join(", ")} ${what}`];
  const parts = [
    ...ROLES.flatMap(role => listText(role, change[role])),
    ...texts(change.texts.changed, "changed"),
    ...texts(change.texts.added, "added"),
    ...texts(change.texts.removed, "removed"),
  ];
  return parts.length === 0 ? "no list or text" : parts.join("; ");
}

function listText(role: string, { added, removed, reordered }: SetChange): string[] {
  const parts = [
    ...added.map(name => `+${name}`),
    ...removed.map(name => `-${name}`),
    ...(reordered ? ["reordered"] : []),
  ];
  return parts.length === 0 ? [] : [`${role} ${parts.join(" ")}`];
}

/** One revision: the list of each role in start order, then the other texts: templates and activated units. */
export function revisionText(revision: RevisionView, now: number, paint: Paint): string[] {
  const { number, at, marks, units, files } = revision;
  const title = [`Revision ${number}`, `${moment(at, now)}, ${span(now - Date.parse(at))} ago`, ...marks].join(" · ");
  const listed = new Set(ROLES.flatMap(role => units[role]));
  const row = (label: string, name: string, hash: string | undefined): Cell[] => {
    const text = hash === undefined ? "no text in the spec" : shortHash(hash);
    return [{ text: label, tone: "strong" }, { text: name }, { text, tone: "faint" }];
  };
  const rows = [
    ...ROLES.flatMap(role => {
      const texts = setOf(revision, role).files;
      const list = units[role].map((name, index) => row(index === 0 ? role : "", name, texts[name]));
      return list.length > 0 ? list : [[{ text: role, tone: "strong" as const }, { text: "no units" }]];
    }),
    ...Object.keys(files)
      .filter(name => !listed.has(name))
      .sort()
      .map((name, index) => row(index === 0 ? "other" : "", name, files[name])),
  ];
  return [paint("strong", title), ...table(rows, paint), `Changed: ${changeText(revision)}`];
}
