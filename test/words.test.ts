import { expect, it } from "vitest";
import { retiredWords } from "./words.ts";

const found = (text: string) => retiredWords(text).map(hit => `${hit.line} ${hit.found}`);

it("finds a retired word in prose, in an identifier and at the start of a sentence", () => {
  expect(found("It is written anew.\nconst toldUpTo = openNews();\nWhoever leads")).toEqual([
    "1 anew",
    "2 told",
    "2 News",
    "2 toldUpTo",
    "3 Whoever",
  ]);
});

it("finds retired phrases, and ignores the words in their other senses", () => {
  expect(found("the list in force\na value is refused\nthe node is well\nspec.inForce")).toEqual([
    "1 in force",
    "2 refused",
    "3 is well",
    "4 inForce",
  ]);
  expect(found("a TCP connection is refused\nas well as h2\nthe circuit breaker\nawait promise;\nkeepAlive")).toEqual(
    [],
  );
});

it("skips base64, in which any word can occur by chance", () => {
  expect(found(`${"x".repeat(60)}+pen/`)).toEqual([]);
});
