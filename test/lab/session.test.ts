import { expect, it } from "vitest";
import { readSettings } from "./session.ts";

it("has a default for everything, also for what is set to nothing", () => {
  const defaults = { lab: "main", managers: 3, workers: 2, suite: "trixie", slack: false };
  expect(readSettings({})).toEqual(defaults);
  expect(readSettings({ LAB: "", MANAGERS: "", WORKERS: "", SUITE: "" })).toEqual(defaults);
});

it("reads what is set", () => {
  const env = { LAB: "e2e-2", MANAGERS: "1", WORKERS: "0", SUITE: "next", SLACK: "1" };
  expect(readSettings(env)).toEqual({ lab: "e2e-2", managers: 1, workers: 0, suite: "next", slack: true });
});

it("refuses what makes no sense, with the name of the variable", () => {
  expect(() => readSettings({ LAB: "My Lab" })).toThrow("LAB=My Lab");
  expect(() => readSettings({ MANAGERS: "three" })).toThrow("MANAGERS=three");
  expect(() => readSettings({ SUITE: "sid" })).toThrow("SUITE=sid is unknown; use trixie, bookworm, next");
});
