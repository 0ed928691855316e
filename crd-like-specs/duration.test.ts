import { expect, it } from "vitest";
import { duration, parseSpan, span } from "./duration.ts";

it.each([
  [-5_000, "0 s"],
  [119_000, "119 s"],
  [120_000, "2 m"],
  [7_200_000, "2 h"],
  [12_000_000, "3 h 20 m"],
  [172_800_000, "2 d"],
  [187_200_000, "2 d 4 h"],
])("a span of %d ms is %s", (milliseconds, text) => {
  expect(span(milliseconds)).toBe(text);
});

it.each([
  [-1, "0.0 s"],
  [40, "0.0 s"],
  [2_300, "2.3 s"],
  [41_200, "41 s"],
  [300_000, "5 m"],
])("something that took %d ms took %s", (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});

it.each([
  ["90 s", 90_000],
  ["10m", 600_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
  ["10", undefined],
  ["-1m", undefined],
])("the text %j is read as a span", (text, milliseconds) => {
  expect(parseSpan(text)).toBe(milliseconds);
});
