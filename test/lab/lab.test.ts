import { expect, it } from "vitest";
import { numbered, parseLabName } from "./lab.ts";

it("gives new lab hosts the lowest free numbers", () => {
  expect(numbered(["manager", "worker"], new Set())).toEqual([
    { number: 1, role: "manager" },
    { number: 2, role: "worker" },
  ]);
  expect(numbered(["manager", "worker"], new Set([1, 3, 4]))).toEqual([
    { number: 2, role: "manager" },
    { number: 5, role: "worker" },
  ]);
});

it("accepts only lab names that are valid for containers, networks and folders", () => {
  expect(parseLabName("e2e-trixie")).toBe("e2e-trixie");
  for (const name of ["", "-a", "a/b", "..", "A", "a".repeat(32)]) {
    expect(() => parseLabName(name)).toThrow("is not a valid lab name");
  }
});
