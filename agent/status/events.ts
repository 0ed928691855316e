// What there is to tell of this host when its status has changed: the difference between what was told last and what is,
// so that a restart of the agent tells nothing anew. Pure.
import type { NewEvent } from "../../crd-like-specs/resources/event.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import type { Self } from "../host/identity.ts";

/** What was told last. */
export interface ReportedState {
  /** This host's node in the swarm. */
  readonly node: string | undefined;
  /** It has come up once. */
  readonly up: boolean;
  readonly units: Readonly<Record<string, ReportedUnit>>;
}

interface ReportedUnit {
  readonly allHealthy: boolean;
  readonly file: string | undefined;
  /** When something was told of it lately, milliseconds since 1970. */
  readonly at: readonly number[];
}

/** A unit that comes and goes would fill the story: so often within so long, and its state after that. */
const MAX_REPORTS = 4;
const REPORT_WINDOW_MS = 600_000;

/** As if all that a status says had been told. */
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

/** `told`: undefined for a host that nobody has heard of. `now`: milliseconds since 1970. */
export function nodeEvents(
  reported: ReportedState | undefined,
  status: NodeStatus,
  self: Pick<Self, "name" | "address" | "role">,
  now: number,
): { events: NewEvent[]; reported: ReportedState } {
  const { name } = self;
  const events: NewEvent[] = [];
  const host = (reason: string, text: string) =>
    events.push({ topic: "node", severity: "info", reason, subject: status.id, text, node: name });
  if (!reported) host("NodeRegistered", `${name} is new here: ${self.address}, a ${self.role} by its user-data`);
  const settled = status.phase === "applying" || status.phase === "running";
  const node = settled ? (status.swarm.node ?? reported?.node) : reported?.node;
  // Whoever joins does so as a worker.
  if (node !== reported?.node)
    host("NodeJoinedSwarm", `${name} has ${status.swarm.control ? "made" : "joined"} the swarm`);
  const up = reported?.up === true || status.phase === "running";
  if (up && !reported?.up) host("NodeUp", `${name} is up`);
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
  const ailing: NewEvent[] = [];
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
    if (unit.problem === undefined) allHealthy.push(unit.name);
    else
      ailing.push({
        topic: "units",
        severity: "warning",
        reason: "UnitUnhealthy",
        subject: `${id}/${unit.name}/${unit.problem.reason}`,
        text: `${unit.name} on ${name}: ${unit.problem.message}`,
        node: name,
      });
  }
  const runs: NewEvent[] =
    allHealthy.length > 0
      ? [
          {
            ...{ topic: "units", severity: "info", reason: "UnitsHealthy", subject: `${id}/${allHealthy.join(",")}` },
            ...{ text: `${name} runs ${allHealthy.join(", ")}`, node: name },
          },
        ]
      : [];
  return { events: [...ailing, ...runs], reported };
}
