import { expect, it } from "vitest";
import { andList, orList, someOf } from "./lists.ts";

it.each([
  [[], ""],
  [["h1"], "h1"],
  [["h1", "h3"], "h1 and h3"],
  [["h1", "h3", "h5"], "h1, h3 and h5"],
])("andList of %j is %j", (names, list) => {
  expect(andList(names)).toBe(list);
});

it.each([
  [[], ""],
  [["h1"], "h1"],
  [["h1", "h3"], "h1 or h3"],
  [["h1", "h3", "h5"], "h1, h3 or h5"],
])("orList of %j is %j", (names, list) => {
  expect(orList(names)).toBe(list);
});

it.each([
  [[], 2, ""],
  [["h1", "h2"], 2, "h1, h2"],
  [["h1", "h2", "h3"], 2, "h1, h2 and 1 more"],
  [["h1", "h2", "h3"], 1, "h1 and 2 more"],
])("someOf %j, %i at most, is %j", (names, most, list) => {
  expect(someOf(names, most)).toBe(list);
});

it("someOf lists eight names by default", () => {
  expect(someOf(Array.from({ length: 10 }, (_, index) => `h${index}`))).toBe(
    "h0, h1, h2, h3, h4, h5, h6, h7 and 2 more",
  );
});
