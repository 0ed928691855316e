import { describe, expect, it } from "vitest";
import { nearest } from "./suggest.ts";

const KNOWN = ["managers", "slack-channel", "units/worker", "units/manager", "Web.service"];

describe("nearest", () => {
  it.each([
    ["managers", "managers"],
    ["manager", "managers"],
    ["mangaers", "managers"],
    ["slack-chanel", "slack-channel"],
    ["SLACK-CHANEL", "slack-channel"],
    ["web.service", "Web.service"],
    ["units/workers", "units/worker"],
    ["unit/managr", "units/manager"],
  ])("of %s is %s", (word, expected) => {
    expect(nearest(word, KNOWN)).toBe(expected);
  });

  it("is undefined beyond two errors, or a third of a long word", () => {
    expect(nearest("mngrs", KNOWN)).toBeUndefined();
    expect(nearest("abcd", ["ab"])).toBe("ab");
    expect(nearest("abcde", ["ab"])).toBeUndefined();
    expect(nearest("abcdefghi", ["abcdef"])).toBe("abcdef");
    expect(nearest("abcdefghi", ["abcde"])).toBeUndefined();
    expect(nearest("", [])).toBeUndefined();
    expect(nearest("", ["ab", "a"])).toBe("a");
  });

  it("is the first of several equally near words", () => {
    expect(nearest("ax", ["ab", "ac"])).toBe("ab");
  });

  it("is undefined for a word of more than 200 characters", () => {
    expect(nearest("a".repeat(200), ["a".repeat(199)])).toBeDefined();
    expect(nearest("a".repeat(201), ["a".repeat(201)])).toBeUndefined();
  });
});
