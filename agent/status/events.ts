// The events of a changed node status: the difference between the state recorded last and the new one, so that a
// restart of the agent records nothing again. Pure.
import { eventOf, type NewEvent } from "../../crd-like-specs/resources/event.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { Self } from "../host/identity.ts";

/** The state that events were recorded for last. */
export interface ReportedState {
  /** The id of the swarm node. */
  readonly node: string | undefined;
  /** The node has been in phase `running` once. */
  readonly up: boolean;
  readonly units: Readonly<Record<string, ReportedUnit>>;
}

interface ReportedUnit {
  readonly allHealthy: boolean;
  readonly file: string | undefined;
  /** The times of its latest events, milliseconds since 1970. */
  readonly at: readonly number[];
}

/** A unit that flaps would fill the event log: at most so many events in this time, and its state after that. */
const MAX_REPORTS = 4;
const REPORT_WINDOW_MS = 600_000;

/** The state after the events of this status, all recorded. */
export function reportedBy(status: NodeStatus): ReportedState {
  const units = status.units.filter(({ problem }) => problem?.transient !== true);
  return {
    node: status.swarm.node,
    up: status.phase === "running",
    units: Object.fromEntries(
      units.map(({ name, problem, file }) => [name, { allHealthy: problem === undefined, file, at: [] }]),
    ),
  };
}

/** The events since `reported`, which is undefined for a new node. `now`: milliseconds since 1970. */
export function nodeEvents(
  reported: ReportedState | undefined,
  status: NodeStatus,
  self: Pick<Self, "name" | "address" | "role">,
  now: number,
): { events: NewEvent[]; reported: ReportedState } {
  const { name } = self;
  const events: NewEvent[] = [];
  const record = (reason: string, text: string) => events.push(eventOf("node", "info", reason, status.id, text, name));
  if (!reported) record("NodeRegistered", `${name} is new: ${self.address}, a ${self.role} by its user-data`);
  const settled = status.phase === "applying" || status.phase === "running";
  const node = settled ? (status.swarm.node ?? reported?.node) : reported?.node;
  // A node joins as a worker, so that one with control has made the swarm.
  if (node !== reported?.node)
    record("NodeJoinedSwarm", `${name} has ${status.swarm.control ? "made" : "joined"} the swarm`);
  const up = reported?.up === true || status.phase === "running";
  if (up && !reported?.up) record("NodeUp", `${name} is up`);
  const units = unitEvents(reported?.units ?? {}, status, now);
  return { events: [...events, ...units.events], reported: { node, up, units: units.reported } };
}

function unitEvents(
  before: ReportedState["units"],
  { id, name, units }: NodeStatus,
  now: number,
): { events: NewEvent[]; reported: ReportedState["units"] } {
  const reported: Record<string, ReportedUnit> = {};
  const allHealthy: string[] = [];
  const unhealthy: NewEvent[] = [];
  for (const unit of units) {
    const last = before[unit.name];
    const is = { allHealthy: unit.problem === undefined, file: unit.file };
    const at = (last?.at ?? []).filter(then => now - then < REPORT_WINDOW_MS);
    const same = last !== undefined && last.allHealthy === is.allHealthy && (last.file === is.file || !is.allHealthy);
    if (same || unit.problem?.transient || at.length >= MAX_REPORTS) {
      if (last) reported[unit.name] = { ...last, at };
      continue;
    }
    reported[unit.name] = { ...is, at: [...at, now] };
    if (unit.problem === undefined) {
      allHealthy.push(unit.name);
      continue;
    }
    const { reason, message } = unit.problem;
    const subject = `${id}/${unit.name}/${reason}`;
    unhealthy.push(eventOf("units", "warning", "UnitUnhealthy", subject, `${unit.name} on ${name}: ${message}`, name));
  }
  if (allHealthy.length === 0) return { events: unhealthy, reported };
  const runs = `${name} runs ${allHealthy.join(", ")}`;
  const healthy = eventOf("units", "info", "UnitsHealthy", `${id}/${allHealthy.join(",")}`, runs, name);
  return { events: [...unhealthy, healthy], reported };
}
