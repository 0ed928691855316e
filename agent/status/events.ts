// What there is to tell of this host when its status has changed: the difference between what was told last and what is,
// so that a restart of the agent tells nothing anew. Pure.
import type { News } from "../../crd-like-specs/resources/event.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/resources.ts";
import type { Self } from "../host/identity.ts";

/** What was told last. */
export interface Told {
  /** This host's node in the swarm. */
  readonly node: string | undefined;
  /** It has come up once. */
  readonly up: boolean;
  readonly units: Readonly<Record<string, UnitTold>>;
}

interface UnitTold {
  readonly well: boolean;
  readonly file: string | undefined;
  /** When something was told of it lately, milliseconds since 1970. */
  readonly at: readonly number[];
}

/** A unit that comes and goes would fill the story: so often within so long, and its state after that. */
const MOST_TOLD = 4;
const TOLD_WITHIN_MS = 600_000;

/** As if all that a status says had been told. */
export function toldBy(status: NodeStatus): Told {
  const units = status.units.filter(({ problem }) => problem?.transient !== true);
  return {
    node: status.swarm.node,
    up: status.phase === "running",
    units: Object.fromEntries(
      units.map(({ name, problem, file }) => [name, { well: problem === undefined, file, at: [] }]),
    ),
  };
}

/** `told`: undefined for a host that nobody has heard of. `now`: milliseconds since 1970. */
export function hostNews(
  told: Told | undefined,
  status: NodeStatus,
  self: Pick<Self, "name" | "address" | "role">,
  now: number,
): { news: News[]; told: Told } {
  const { name } = self;
  const news: News[] = [];
  const host = (reason: string, text: string) =>
    news.push({ about: "host", level: "info", reason, subject: status.id, text, node: name });
  if (!told) host("NodeRegistered", `${name} is new here: ${self.address}, a ${self.role} by its user-data`);
  const settled = status.phase === "applying" || status.phase === "running";
  const node = settled ? (status.swarm.node ?? told?.node) : told?.node;
  // Whoever joins does so as a worker.
  if (node !== told?.node) host("NodeJoinedSwarm", `${name} has ${status.swarm.control ? "made" : "joined"} the swarm`);
  const up = told?.up === true || status.phase === "running";
  if (up && !told?.up) host("NodeUp", `${name} is up`);
  const units = unitNews(told?.units ?? {}, status, now);
  return { news: [...news, ...units.news], told: { node, up, units: units.told } };
}

function unitNews(
  before: Told["units"],
  { id, name, units }: NodeStatus,
  now: number,
): { news: News[]; told: Told["units"] } {
  const told: Record<string, UnitTold> = {};
  const well: string[] = [];
  const ailing: News[] = [];
  for (const unit of units) {
    const last = before[unit.name];
    const is = { well: unit.problem === undefined, file: unit.file };
    const at = (last?.at ?? []).filter(then => now - then < TOLD_WITHIN_MS);
    const same = last !== undefined && last.well === is.well && (last.file === is.file || !is.well);
    if (same || unit.problem?.transient || at.length >= MOST_TOLD) {
      if (last) told[unit.name] = { ...last, at };
      continue;
    }
    told[unit.name] = { ...is, at: [...at, now] };
    if (unit.problem === undefined) well.push(unit.name);
    else
      ailing.push({
        about: "units",
        level: "warning",
        reason: "UnitUnhealthy",
        subject: `${id}/${unit.name}/${unit.problem.reason}`,
        text: `${unit.name} on ${name}: ${unit.problem.message}`,
        node: name,
      });
  }
  const runs: News[] =
    well.length > 0
      ? [
          {
            ...{ about: "units", level: "info", reason: "UnitsHealthy", subject: `${id}/${well.join(",")}` },
            ...{ text: `${name} runs ${well.join(", ")}`, node: name },
          },
        ]
      : [];
  return { news: [...ailing, ...runs], told };
}
