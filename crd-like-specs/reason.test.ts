import { expect, it } from "vitest";
import { reasonOf } from "./reason.ts";

const failed = (code: string, message: string) => Object.assign(new Error(message), { code });
const WORDS = { ENOENT: "no such file" };

it.each([
  [new Error("it is full"), {}, "it is full"],
  ["words alone", {}, "words alone"],
  [undefined, {}, "undefined"],
  [failed("ENOENT", "ENOENT: open /x"), {}, "ENOENT: open /x"],
  [failed("ENOENT", "ENOENT: open /x"), WORDS, "no such file"],
  [failed("EIO", "EIO: open /x"), WORDS, "EIO: open /x"],
  [Object.assign(new AggregateError([new Error("a"), new Error("b")]), { code: "ECONNREFUSED" }), WORDS, "a; b"],
  [new AggregateError([failed("ENOENT", "x"), "b"]), WORDS, "no such file; b"],
  [Object.assign(new AggregateError([new Error("a")]), { code: "ENOENT" }), WORDS, "no such file"],
  [new AggregateError([], "nothing was tried"), {}, "nothing was tried"],
])("the reason of %s with words %j is %j", (error, words, reason) => {
  expect(reasonOf(error, words)).toBe(reason);
});
