// From the units as they are and as they are assigned to what is done about them: pure, and each act idempotent, so that
// after a crash the plan, made again, goes on where the last one stopped.
import type { Drift } from "../../crd-like-specs/resources/node-status.ts";
import type { UnitState } from "../../drivers/systemd/port.ts";
import type { UnitNote } from "../host/state.ts";
import { isDown, isUp } from "../host/systemd-units.ts";

export interface UnitView {
  readonly name: string;
  readonly listed: boolean;
  /** Its file alone is wanted: a timer, a socket or a path of the list activates it. */
  readonly carried: boolean;
  readonly state: UnitState;
  /** The hash of the file in systemd's own folder; undefined where there is none. */
  readonly onDisk: string | undefined;
  /** That file is our writing. */
  readonly ours: boolean;
  readonly target: Target;
  /** The hash of the settings that it shall be started with; undefined for one that has none. */
  readonly settings: string | undefined;
  readonly note: UnitNote | undefined;
  /** It has not been started again just now. */
  readonly mayStartAgain: boolean;
}

/** Which file a unit shall run: this text, the host's own, or one that cannot be had, which leaves it as it is. */
export type Target = { readonly hash: string; readonly text: string } | "own" | "lacking";

/** In the order in which things are done: stops, removals, files, one refresh of systemd, notes, starts. */
export interface UnitPlan {
  /** All that are run or left as they run, in the order assigned. */
  readonly run: readonly string[];
  /** Those of them whose files are ours to keep. */
  readonly placed: readonly string[];
  /** What somebody changed by hand and is put back. */
  readonly drift: readonly Omit<Drift, "at">[];
  readonly stop: readonly string[];
  /** No longer listed. */
  readonly drop: readonly { unit: string; enabled: boolean; file: boolean }[];
  /** Files of ours whose units go on with the host's own. */
  readonly giveBack: readonly string[];
  readonly write: readonly { unit: string; text: string }[];
  /** Of which systemd may hold another text than the one that is to be run. */
  readonly refresh: readonly string[];
  /** So already, or so once the files are written: only the note lacks. */
  readonly settle: readonly (Started & { readonly unfinished: boolean })[];
  readonly start: readonly Start[];
  /** Neither the release nor systemd has one of this name. */
  readonly unknown: readonly string[];
}

/** With what a unit runs. */
export interface Started {
  readonly unit: string;
  readonly file: string | undefined;
  readonly settings: string | undefined;
}

export interface Start extends Started {
  /** It failed with another text, and its failures are not this one's. */
  readonly reset: boolean;
  /** It had been started with this text, and ended. */
  readonly again: boolean;
}

/** `views` in the order in which the units were started, then those that are new; `order` is the list assigned. */
export function planUnits(views: readonly UnitView[], order: readonly string[], boot: string): UnitPlan {
  const listed = views.filter(view => view.listed && view.target !== "lacking");
  const ordered = order.flatMap(name => listed.find(view => view.name === name) ?? []);
  const inOrder = [...ordered, ...listed.filter(view => view.carried)];
  const gone = views.filter(view => !view.listed);
  const stop = [...views].reverse().filter(view => (view.listed ? runsAnother(view) : !isDown(view.state.active)));
  const write = inOrder.flatMap(({ name, onDisk, target }) =>
    typeof target === "object" && onDisk !== target.hash ? [{ unit: name, text: target.text }] : [],
  );
  const giveBack = inOrder.filter(view => view.target === "own" && !fileIsRight(view)).map(nameOf);
  const start = inOrder.flatMap(view => startOf(view, boot) ?? []);
  return {
    run: inOrder.map(nameOf),
    placed: inOrder.filter(view => typeof view.target === "object").map(nameOf),
    drift: inOrder.flatMap(view => driftOf(view, boot) ?? []),
    stop: stop.map(nameOf),
    drop: gone.map(({ name, state, ours }) => ({ unit: name, enabled: state.enabled, file: ours })),
    giveBack,
    write,
    refresh: views.filter(view => isStale(view, boot)).map(nameOf),
    settle: inOrder.flatMap(view => settleOf(view, boot) ?? []),
    start,
    unknown: inOrder.filter(isUnknown).map(({ name }) => name),
  };
}

const nameOf = ({ name }: UnitView): string => name;

const hashIn = (target: Target): string | undefined => (typeof target === "object" ? target.hash : undefined);

const fileIsRight = ({ target, onDisk, ours }: UnitView): boolean =>
  typeof target === "object" ? onDisk === target.hash : onDisk === undefined || !ours;

const isNoted = ({ note, target, settings }: UnitView): boolean =>
  note !== undefined && note.file === hashIn(target) && note.settings === settings;

const isUnknown = ({ target, state }: UnitView): boolean =>
  target === "own" && state.load === "not-found" && isDown(state.active);

const wasRefreshed = (view: UnitView): boolean => isNoted(view) && view.note?.phase === undefined;

/** Its file changes now; or lies there already, for a crash may have come before the refresh. */
function isStale(view: UnitView, boot: string): boolean {
  if (!view.listed) return view.ours;
  if (view.target === "lacking") return false;
  return !fileIsRight(view) || (!wasRefreshed(view) && (view.carried || startOf(view, boot) !== undefined));
}

/**
 * It runs, and not what it should. One without a note was running before us, with the file that lies there; with which
 * settings, nobody knows. A job that something else has activated is let finish: the next one is by the new file.
 */
function runsAnother(view: UnitView): boolean {
  if (view.target === "lacking" || isDown(view.state.active)) return false;
  if (view.carried && view.state.type === "oneshot") return false;
  return !fileIsRight(view) || ((view.note !== undefined || view.settings !== undefined) && !isNoted(view));
}

/** A oneshot that has done what it is for; one that remains has not, when it is inactive. */
const hasFinished = ({ state }: UnitView): boolean =>
  state.type === "oneshot" && state.active === "inactive" && !state.remains;

/** We were about to start it, and it has run since: only our note was lost. */
function hasRunSince({ note, state }: UnitView): boolean {
  if (note?.phase === "finishing") return true;
  return (
    note?.phase === "starting" && state.begun !== undefined && state.begun >= (note.at ?? Number.POSITIVE_INFINITY)
  );
}

type Standing = "up" | "fresh" | "settle" | "ended" | "done";

/** What a unit is to us: `fresh` is to be started, `ended` had been started with this text and does not run any more. */
function standing(view: UnitView, boot: string): Standing {
  const { state, note } = view;
  if (!isDown(state.active)) return runsAnother(view) ? "fresh" : "up";
  if (isUnknown(view)) return "done";
  if (!isNoted(view) || note?.boot !== boot) return "fresh";
  if (note.phase !== undefined) return hasRunSince(view) ? "settle" : "fresh";
  // What systemd tells of it is by somebody else's file: the next look goes by ours.
  if (!fileIsRight(view)) return "done";
  return hasFinished(view) ? "done" : "ended";
}

function startOf(view: UnitView, boot: string): Start | undefined {
  if (view.carried) return undefined;
  const { state, mayStartAgain } = view;
  const stands = standing(view, boot);
  if (stands !== "fresh" && !(stands === "ended" && mayStartAgain)) return undefined;
  const again = stands === "ended";
  return { ...startedBy(view), reset: state.active === "failed" && !again, again };
}

const startedBy = ({ name, target, settings }: UnitView): Started => ({ unit: name, file: hashIn(target), settings });

function settleOf(view: UnitView, boot: string): UnitPlan["settle"][number] | undefined {
  const { state, note } = view;
  const settled = { ...startedBy(view), unfinished: false };
  if (view.carried) return wasRefreshed(view) ? undefined : settled;
  const stands = standing(view, boot);
  if (stands === "settle") return settled;
  if (stands !== "up" || !isUp(state.active)) return undefined;
  if (note?.boot === boot && note.phase === undefined) return undefined;
  if (state.type !== "oneshot" || state.active !== "activating") return settled;
  return note?.phase === "finishing" ? undefined : { ...settled, unfinished: true };
}

/** While a change of ours is under way, nothing is anybody's doing but ours. */
function driftOf(view: UnitView, boot: string): UnitPlan["drift"][number] | undefined {
  const { name, state, onDisk, note, mayStartAgain } = view;
  if (!isNoted(view) || note?.phase !== undefined) return undefined;
  if (!fileIsRight(view))
    return onDisk === undefined
      ? { unit: name, reason: "FileDeleted", what: "its file was deleted" }
      : { unit: name, reason: "FileEdited", what: "its file was edited" };
  if (view.carried || standing(view, boot) !== "ended" || state.active === "failed" || !mayStartAgain) return undefined;
  // systemd does not tell the one from the other once a service is inactive.
  const what = name.endsWith(".service") ? "it was stopped, or ended by itself" : "it was stopped";
  return { unit: name, reason: "Stopped", what };
}
