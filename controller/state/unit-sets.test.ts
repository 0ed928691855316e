import { describe, expect, it } from "vitest";
import { DEFAULT_SPEC, type Spec } from "../../crd-like-specs/spec/spec.ts";
import { changedNames, hashOf, isSameSet, setOf, wantedBy } from "./unit-sets.ts";

const spec = (worker: readonly string[], files: Readonly<Record<string, string>>): Spec => ({
  ...DEFAULT_SPEC,
  units: { ...DEFAULT_SPEC.units, worker, files },
});

describe("the units that the spec asks for", () => {
  it("carry the texts of those that are listed, and of no others", () => {
    const wanted = wantedBy(spec(["web.service", "other.service"], { "web.service": "1", "later.service": "2" }));
    expect(wanted.files).toEqual({ "web.service": hashOf("1") });
    expect(setOf(wanted, "manager").files).toEqual({});
    expect(setOf(wanted, "worker").files).toEqual(wanted.files);
  });

  it("are other ones after a change of order, of a text, or of the list", () => {
    const files = { "a.service": "1", "b.service": "2" };
    const set = (units: readonly string[], texts: Readonly<Record<string, string>>) =>
      setOf(wantedBy(spec(units, texts)), "worker");
    const before = set(["a.service", "b.service"], files);
    expect(isSameSet(before, set(["a.service", "b.service"], files))).toBe(true);
    expect(changedNames(before, set(["b.service", "a.service"], files))).toEqual([]);
    expect(isSameSet(before, set(["b.service", "a.service"], files))).toBe(false);
    expect(changedNames(before, set(["a.service", "b.service"], { ...files, "b.service": "3" }))).toEqual([
      "b.service",
    ]);
    expect(changedNames(before, set(["a.service"], files))).toEqual(["b.service"]);
  });
});
