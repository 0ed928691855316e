// The made-up cluster with units that the spec carries, three revisions of them, and a rollout from the second to the
// third; every host is at the second until a test says otherwise.
import type { NodeStatus, Revision, Rollout } from "../../crd-like-specs/resources.ts";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import { ago, healthy, id, type Keys, keys, nodeStatus, registration } from "./cluster.fixture.ts";

const CONTROLLER = "swarmkeeper-controller.service";
export const webText = (version: number) => `[Service]\nExecStart=/bin/web ${version}\n`;
export const TIMER = "[Timer]\nOnCalendar=daily\n";
export const hash = (version: number) => hashOf(webText(version));

export const REVISIONS: readonly Revision[] = [
  {
    number: 1,
    at: ago(7200),
    units: { manager: [CONTROLLER], worker: ["old.service", "web.service"] },
    files: { "web.service": hash(1) },
    brings: {},
    drains: [],
  },
  {
    number: 2,
    at: ago(3600),
    units: { manager: [CONTROLLER, "web.service"], worker: ["web.service"] },
    files: { "web.service": hash(2) },
    brings: {},
    drains: [],
  },
  {
    number: 3,
    at: ago(60),
    units: { manager: [CONTROLLER, "web.service"], worker: ["web.service", "clean.timer"] },
    files: { "web.service": hash(3), "clean.timer": hashOf(TIMER) },
    brings: {},
    drains: [],
  },
];

export const ROLLOUT: Rollout = {
  revision: 3,
  target: 3,
  good: 2,
  proven: 0,
  draining: [],
  inFlight: [],
  failed: [],
  retry: "never",
  begunAt: ago(60),
  progressAt: ago(60),
};

/** The spec keys that say what a revision says. */
export function specOf(number: number): Keys {
  const { units, files } = revision(number);
  const texts: Keys = {};
  for (const name of Object.keys(files)) {
    texts[keys.spec.of(`units/files/${name}`)] = name === "web.service" ? webText(number) : TIMER;
  }
  return {
    [keys.spec.of("units/manager")]: units.manager.join("\n"),
    [keys.spec.of("units/worker")]: units.worker.join("\n"),
    ...texts,
  };
}

function revision(number: number): Revision {
  const found = REVISIONS.find(candidate => candidate.number === number);
  if (found === undefined) throw new Error(`no revision ${number}`);
  return found;
}

/** Host n as it is at a revision: assigned, and running it. */
export function hostAt(n: number, number: number, change: Partial<NodeStatus> = {}): Keys {
  const role = n <= 3 ? "manager" : "worker";
  const { units, files } = revision(number);
  const texts = Object.entries(files).filter(([name]) => units[role].includes(name));
  return {
    [keys.nodes.of(id(n))]: registration(n, role),
    [keys.assignments.of(id(n))]: {
      generation: number,
      role,
      etcd: { mode: "proxy", endpoints: [] },
      units: units[role],
      files: Object.fromEntries(texts),
    },
    [keys.nodeStatus.of(id(n))]: nodeStatus(n, role, {
      generation: number,
      units: units[role].map(name => ({
        name,
        active: "active",
        sub: "running",
        restarts: 0,
        ...(files[name] !== undefined && { file: files[name] }),
      })),
      ...change,
    }),
  };
}

/** The spec asks for the third revision, and all five hosts are at `number`. */
export function rolling(number: number, rollout: Partial<Rollout> = {}): Keys {
  const all = { ...healthy(), ...specOf(3), [keys.rollout]: { ...ROLLOUT, ...rollout } };
  for (const known of REVISIONS) Object.assign(all, { [keys.revisions.of(known.number)]: known });
  for (const n of [1, 2, 3, 4, 5]) Object.assign(all, hostAt(n, number));
  return all;
}
