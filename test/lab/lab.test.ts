import { expect, it } from "vitest";
import { numbered, parseLabName } from "./lab.ts";

it("numbers new hosts from the lowest number that is free", () => {
  expect(numbered(["manager", "worker"], new Set())).toEqual([
    { number: 1, role: "manager" },
    { number: 2, role: "worker" },
  ]);
  expect(numbered(["manager", "worker"], new Set([1, 3, 4]))).toEqual([
    { number: 2, role: "manager" },
    { number: 5, role: "worker" },
  ]);
});

it("takes only names that a container, a network and a folder can bear", () => {
  expect(parseLabName("e2e-trixie")).toBe("e2e-trixie");
  for (const name of ["", "-a", "a/b", "..", "A", "a".repeat(32)]) {
    expect(() => parseLabName(name)).toThrow("is no name for a lab");
  }
});
