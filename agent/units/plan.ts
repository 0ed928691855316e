// Plans the changes from the units as they are to the units as assigned. Pure. Each change is idempotent, so that a new
// plan after a crash continues where the last one stopped.
import type { Drift } from "../../crd-like-specs/resources/node-status.ts";
import type { UnitState } from "../../drivers/systemd/port.ts";
import type { UnitNote } from "../host/state.ts";
import { isDown, isUp } from "../host/systemd-units.ts";

export interface UnitView {
  readonly name: string;
  readonly listed: boolean;
  /** Only its file is placed: a timer, socket or path of the list activates the unit. */
  readonly activated: boolean;
  readonly state: UnitState;
  /** The hash of the file in systemd's folder; undefined if there is none. */
  readonly onDisk: string | undefined;
  /** The agent wrote that file. */
  readonly isWritten: boolean;
  readonly target: Target;
  /** The hash of the settings to start it with; undefined for a unit without settings. */
  readonly settings: string | undefined;
  readonly note: UnitNote | undefined;
  /** Its restart back-off is over. */
  readonly mayStartAgain: boolean;
}

/**
 * The file that a unit must run: this text, the machine's own file, or a text that is not available (no change then).
 */
export type Target = { readonly hash: string; readonly text: string } | "own" | "unavailable";

/** Carried out in this order: stops, removals, files, one refresh of systemd, notes, starts. */
export interface UnitPlan {
  /** All units that must run, in the assigned order. */
  readonly run: readonly string[];
  /** Those of them whose files the agent writes. */
  readonly placed: readonly string[];
  /** Manual changes that this plan reverts. */
  readonly drift: readonly Omit<Drift, "at">[];
  readonly stop: readonly string[];
  /** No longer listed. */
  readonly drop: readonly { unit: string; enabled: boolean; file: boolean }[];
  /** Units whose file of the agent is removed, so that they run with the machine's own file again. */
  readonly restoreOwn: readonly string[];
  readonly write: readonly { unit: string; text: string }[];
  /** Units for which systemd may have loaded another text. */
  readonly refresh: readonly string[];
  /** Units that need no start: after the files are written, only their note is not up to date. */
  readonly settle: readonly (Started & { readonly unfinished: boolean })[];
  readonly start: readonly Start[];
  /** Units that neither the release nor systemd has. */
  readonly unknown: readonly string[];
}

/** The file and settings that a unit runs with. */
export interface Started {
  readonly unit: string;
  readonly file: string | undefined;
  readonly settings: string | undefined;
}

export interface Start extends Started {
  /** It failed with another text: systemd must reset its failures. */
  readonly reset: boolean;
  /** It was started with this text before, and it ended. */
  readonly again: boolean;
}

/**
 * `views`: the units in the order of their start, then the new ones. `order`: the assigned list. `boot`: the boot id.
 * Pure.
 */
export function planUnits(views: readonly UnitView[], order: readonly string[], boot: string): UnitPlan {
  const listed = views.filter(view => view.listed && view.target !== "unavailable");
  const ordered = order.flatMap(name => listed.find(view => view.name === name) ?? []);
  const inOrder = [...ordered, ...listed.filter(view => view.activated)];
  const unlisted = views.filter(view => !view.listed);
  const stop = [...views].reverse().filter(view => (view.listed ? runsAnother(view) : !isDown(view.state.active)));
  const write = inOrder.flatMap(({ name, onDisk, target }) =>
    typeof target === "object" && onDisk !== target.hash ? [{ unit: name, text: target.text }] : [],
  );
  const restoreOwn = inOrder.filter(view => view.target === "own" && !fileIsRight(view)).map(nameOf);
  const start = inOrder.flatMap(view => startOf(view, boot) ?? []);
  return {
    run: inOrder.map(nameOf),
    placed: inOrder.filter(view => typeof view.target === "object").map(nameOf),
    drift: inOrder.flatMap(view => driftOf(view, boot) ?? []),
    stop: stop.map(nameOf),
    drop: unlisted.map(({ name, state, isWritten }) => ({ unit: name, enabled: state.enabled, file: isWritten })),
    restoreOwn,
    write,
    refresh: views.filter(view => isStale(view, boot)).map(nameOf),
    settle: inOrder.flatMap(view => settleOf(view, boot) ?? []),
    start,
    unknown: inOrder.filter(isUnknown).map(({ name }) => name),
  };
}

const nameOf = ({ name }: UnitView): string => name;

const hashIn = (target: Target): string | undefined => (typeof target === "object" ? target.hash : undefined);

const fileIsRight = ({ target, onDisk, isWritten }: UnitView): boolean =>
  typeof target === "object" ? onDisk === target.hash : onDisk === undefined || !isWritten;

const isNoted = ({ note, target, settings }: UnitView): boolean =>
  note !== undefined && note.file === hashIn(target) && note.settings === settings;

const isUnknown = ({ target, state }: UnitView): boolean =>
  target === "own" && state.load === "not-found" && isDown(state.active);

const wasRefreshed = (view: UnitView): boolean => isNoted(view) && view.note?.phase === undefined;

/** Its file changes now, or it has changed and the agent may have crashed before the refresh. */
function isStale(view: UnitView, boot: string): boolean {
  if (!view.listed) return view.isWritten;
  if (view.target === "unavailable") return false;
  return !fileIsRight(view) || (!wasRefreshed(view) && (view.activated || startOf(view, boot) !== undefined));
}

/**
 * Whether the unit runs with another file or other settings. A unit without a note ran before the agent, with the
 * file on disk and unknown settings. A job that another unit has activated may finish: the next job uses the new
 * file.
 */
function runsAnother(view: UnitView): boolean {
  if (view.target === "unavailable" || isDown(view.state.active)) return false;
  if (view.activated && view.state.type === "oneshot") return false;
  return !fileIsRight(view) || ((view.note !== undefined || view.settings !== undefined) && !isNoted(view));
}

/** A oneshot has finished when it is inactive, unless it has RemainAfterExit. */
const hasFinished = ({ state }: UnitView): boolean =>
  state.type === "oneshot" && state.active === "inactive" && !state.remains;

/** The agent was about to start it, and it has run since then: only the note is lost. */
function hasRunSince({ note, state }: UnitView): boolean {
  if (note?.phase === "finishing") return true;
  return (
    note?.phase === "starting" && state.begun !== undefined && state.begun >= (note.at ?? Number.POSITIVE_INFINITY)
  );
}

type Standing = "up" | "fresh" | "settle" | "ended" | "done";

/**
 * `fresh`: must be started. `ended`: was started with this text and does not run any more. `settle`: only notes
 * differ.
 */
function standing(view: UnitView, boot: string): Standing {
  const { state, note } = view;
  if (!isDown(state.active)) return runsAnother(view) ? "fresh" : "up";
  if (isUnknown(view)) return "done";
  if (!isNoted(view) || note?.boot !== boot) return "fresh";
  if (note.phase !== undefined) return hasRunSince(view) ? "settle" : "fresh";
  // systemd reports on a file that the agent did not write: the next round plans after the file is restored.
  if (!fileIsRight(view)) return "done";
  return hasFinished(view) ? "done" : "ended";
}

function startOf(view: UnitView, boot: string): Start | undefined {
  if (view.activated) return undefined;
  const { state, mayStartAgain } = view;
  const now = standing(view, boot);
  if (now !== "fresh" && !(now === "ended" && mayStartAgain)) return undefined;
  const again = now === "ended";
  return { ...startedBy(view), reset: state.active === "failed" && !again, again };
}

const startedBy = ({ name, target, settings }: UnitView): Started => ({ unit: name, file: hashIn(target), settings });

function settleOf(view: UnitView, boot: string): UnitPlan["settle"][number] | undefined {
  const { state, note } = view;
  const settled = { ...startedBy(view), unfinished: false };
  if (view.activated) return wasRefreshed(view) ? undefined : settled;
  const now = standing(view, boot);
  if (now === "settle") return settled;
  if (now !== "up" || !isUp(state.active)) return undefined;
  if (note?.boot === boot && note.phase === undefined) return undefined;
  if (state.type !== "oneshot" || state.active !== "activating") return settled;
  return note?.phase === "finishing" ? undefined : { ...settled, unfinished: true };
}

/** While the agent changes a unit, nothing about it counts as drift. */
function driftOf(view: UnitView, boot: string): UnitPlan["drift"][number] | undefined {
  const { name, state, onDisk, note, mayStartAgain } = view;
  if (!isNoted(view) || note?.phase !== undefined) return undefined;
  if (!fileIsRight(view))
    return onDisk === undefined
      ? { unit: name, reason: "FileDeleted", what: "its file was deleted" }
      : { unit: name, reason: "FileEdited", what: "its file was edited" };
  if (view.activated || standing(view, boot) !== "ended" || state.active === "failed" || !mayStartAgain)
    return undefined;
  // systemd does not distinguish the two once a service is inactive.
  const what = name.endsWith(".service") ? "it was stopped, or ended by itself" : "it was stopped";
  return { unit: name, reason: "Stopped", what };
}
