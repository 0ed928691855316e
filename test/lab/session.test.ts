import { expect, it } from "vitest";
import { readSettings } from "./session.ts";

it("uses the lab's defaults for variables that are unset or empty", () => {
  const defaults = { lab: "main", managers: 3, workers: 2, suite: "trixie", slack: false };
  expect(readSettings({})).toEqual(defaults);
  expect(readSettings({ LAB: "", MANAGERS: "", WORKERS: "", SUITE: "" })).toEqual(defaults);
});

it("reads the lab's settings from the environment", () => {
  const env = { LAB: "e2e-2", MANAGERS: "1", WORKERS: "0", SUITE: "next", SLACK: "1" };
  expect(readSettings(env)).toEqual({ lab: "e2e-2", managers: 1, workers: 0, suite: "next", slack: true });
});

it("rejects an invalid lab setting with the name of the variable", () => {
  expect(() => readSettings({ LAB: "My Lab" })).toThrow("LAB=My Lab");
  expect(() => readSettings({ MANAGERS: "three" })).toThrow("MANAGERS=three");
  expect(() => readSettings({ SUITE: "sid" })).toThrow("SUITE=sid is unknown; use trixie, bookworm, next");
});
