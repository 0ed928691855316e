// No program decides by a sentence: a walk in which every message of the product has other words is the same as the
// original walk, to the last write and event.
import { afterEach, expect, it, vi } from "vitest";
import type { Outcome } from "./walk/simulate.ts";
import { simulate } from "./walk/simulate.ts";

const prose = vi.hoisted(() => {
  /** The fields of the product's values that contain sentences. */
  const sentences = new Set(["text", "why", "message", "title", "goal", "halted"]);
  const state: { how: ((text: string) => string) | undefined } = { how: undefined };
  const word = (text: string): string => (state.how === undefined || text.startsWith("§") ? text : state.how(text));
  function reworded(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(reworded);
    if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [
        key,
        sentences.has(key) && typeof part === "string" ? word(part) : reworded(part),
      ]),
    );
  }
  /** The same value with other words in every sentence. A sentence that was already changed stays. */
  const all = <T>(value: T): T => reworded(value) as T;
  return { state, word, all };
});

vi.mock("../../controller/plan/describe.ts", async original => {
  const real = await original<typeof import("../../controller/plan/describe.ts")>();
  return { ...real, describe: (...args: Parameters<typeof real.describe>) => prose.word(real.describe(...args)) };
});
vi.mock("../../controller/plan/report.ts", async original => {
  const real = await original<typeof import("../../controller/plan/report.ts")>();
  return { ...real, reportOf: (...args: Parameters<typeof real.reportOf>) => prose.all(real.reportOf(...args)) };
});
vi.mock("../../controller/plan/conditions.ts", async original => {
  const real = await original<typeof import("../../controller/plan/conditions.ts")>();
  const { conditionsOf, unobservedConditions } = real;
  return {
    ...real,
    conditionsOf: (...args: Parameters<typeof conditionsOf>) => prose.all(conditionsOf(...args)),
    unobservedConditions: (...args: Parameters<typeof unobservedConditions>) =>
      prose.all(unobservedConditions(...args)),
  };
});
vi.mock("../../controller/plan/membership/membership.ts", async original => {
  const real = await original<typeof import("../../controller/plan/membership/membership.ts")>();
  return {
    ...real,
    planMembership: (...args: Parameters<typeof real.planMembership>) => prose.all(real.planMembership(...args)),
  };
});
vi.mock("../../controller/plan/rollout/disruption-budget.ts", async original => {
  const real = await original<typeof import("../../controller/plan/rollout/disruption-budget.ts")>();
  return { ...real, tallied: (...args: Parameters<typeof real.tallied>) => prose.all(real.tallied(...args)) };
});
vi.mock("../../controller/plan/rollout/decide.ts", async original => {
  const real = await original<typeof import("../../controller/plan/rollout/decide.ts")>();
  return { ...real, decide: (...args: Parameters<typeof real.decide>) => prose.all(real.decide(...args)) };
});
vi.mock("../../controller/effects/execute.ts", async original => {
  const real = await original<typeof import("../../controller/effects/execute.ts")>();
  return {
    ...real,
    execute: async (...args: Parameters<typeof real.execute>) => prose.all(await real.execute(...args)),
  };
});
vi.mock("../../controller/loop/observe.ts", async original => {
  const real = await original<typeof import("../../controller/loop/observe.ts")>();
  const { observeSwarm, observeEtcd } = real;
  const seen = <T extends { known: boolean }>(observation: T): T =>
    observation.known ? observation : prose.all(observation);
  return {
    ...real,
    observeSwarm: async (...args: Parameters<typeof observeSwarm>) => seen(await observeSwarm(...args)),
    observeEtcd: async (...args: Parameters<typeof observeEtcd>) => seen(await observeEtcd(...args)),
  };
});
vi.mock("../../coordination/event-recorder.ts", async original => {
  const real = await original<typeof import("../../coordination/event-recorder.ts")>();
  const recorder: typeof real.recorder = options => {
    const inner = real.recorder(options);
    return { ...inner, event: events => inner.event(prose.all(events)) };
  };
  return { ...real, recorder };
});
vi.mock("../../agent/host/unit-health.ts", async original => {
  const real = await original<typeof import("../../agent/host/unit-health.ts")>();
  const { failedCheck, unitProblem } = real;
  return {
    ...real,
    failedCheck: (...args: Parameters<typeof failedCheck>) => prose.all(failedCheck(...args)),
    unitProblem: (...args: Parameters<typeof unitProblem>) => prose.all(unitProblem(...args)),
  };
});
vi.mock("../../agent/status/status.ts", async original => {
  const real = await original<typeof import("../../agent/status/status.ts")>();
  const openReport: typeof real.openReport = (...args) => {
    const inner = real.openReport(...args);
    return {
      ...inner,
      setMessage: (component, statusMessage) => inner.setMessage(component, prose.all(statusMessage)),
    };
  };
  return { ...real, openReport };
});

afterEach(() => {
  prose.state.how = undefined;
});

/** A log line without its message. */
function unworded(line: string): unknown {
  if (!line.startsWith("{")) return line;
  const { msg: _, err: __, reason: ___, ...rest } = JSON.parse(line);
  return rest;
}

/** Lines contain their time. The order of nodes that act at one instant is undefined, so lines are sorted. */
const withoutWords = ({ log, ...outcome }: Outcome) => ({
  ...outcome,
  log: log.map(line => JSON.stringify(unworded(line))).sort(),
});

async function outcomeOf(seed: number, how: ((text: string) => string) | undefined) {
  prose.state.how = how;
  return withoutWords(await simulate(seed));
}

it.each([1_006, 1_008])("the walk of seed %i is the same in other words", async seed => {
  const plain = await outcomeOf(seed, undefined);
  expect(plain.problems).toEqual([]);
  expect(plain.events.length).toBeGreaterThan(10);
  expect(await outcomeOf(seed, text => `§${[...text].reverse().join("").toUpperCase()}`)).toEqual(plain);
});

it("a walk in which all sentences are the same converges and violates no invariant", async () => {
  prose.state.how = () => "§";
  const { log, problems } = await simulate(1_001);
  expect(problems).toEqual([]);
  expect(log.filter(line => line.includes("§")).length).toBeGreaterThan(20);
});
