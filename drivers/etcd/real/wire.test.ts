import { describe, expect, it } from "vitest";
import { memberId } from "../../../crd-like-specs/resources/ids.ts";
import { fromWireId, prefixRange, toWireId } from "./wire.ts";

describe("prefixRange", () => {
  const covers = (prefix: string, key: Buffer) => {
    const range = prefixRange(prefix);
    const toTheEnd = range.range_end.equals(Buffer.from([0]));
    return Buffer.compare(key, range.key) >= 0 && (toTheEnd || Buffer.compare(key, range.range_end) < 0);
  };

  it.each([
    ["/a/", "/a/", true],
    ["/a/", "/a/zzz", true],
    ["/a/", "/a", false],
    ["/a/", "/a0", false],
    ["grün", "grünlich", true],
    ["grün", "grüo", false],
    ["", "anything", true],
  ])("of %j covers %j: %s", (prefix, key, expected) => {
    expect(covers(prefix, Buffer.from(key))).toBe(expected);
  });
});

describe("member ids", () => {
  it.each(["8e9e05c52164694d", "ffffffffffffffff", "1"])("%s travels as an unsigned decimal and back", id => {
    expect(toWireId(memberId(id))).toMatch(/^\d+$/);
    expect(fromWireId(toWireId(memberId(id)))).toBe(id);
  });
});
