import { describe, expect, it } from "vitest";
import { unitFilesOf } from "../../test/fixtures/unit-files.ts";
import { DEFAULT_SPEC, type Spec } from "../settings/spec.ts";
import { hashOf } from "./text-hash.ts";
import { changeDrains, changedNames, drainingTexts, isSameSet, setOf, wantedBy } from "./unit-set.ts";

const spec = (worker: readonly string[], texts: Readonly<Record<string, string>>): Spec => ({
  ...DEFAULT_SPEC,
  units: { ...DEFAULT_SPEC.units, worker, files: unitFilesOf(texts) },
});

const service = (n: number) => `[Service]\nExecStart=/bin/${n}\n`;
const [ONE, TWO, THREE] = [service(1), service(2), service(3)];

describe("the units of the spec", () => {
  it("have the texts of the listed units only", () => {
    const wanted = wantedBy(spec(["web.service", "other.service"], { "web.service": ONE, "later.service": TWO }));
    expect(wanted.files).toEqual({ "web.service": hashOf(ONE) });
    expect(setOf(wanted, "manager").files).toEqual({});
    expect(setOf(wanted, "worker").files).toEqual(wanted.files);
  });

  it("differ after a change of the order, of a text, or of the list", () => {
    const files = { "a.service": ONE, "b.service": TWO };
    const set = (units: readonly string[], texts: Readonly<Record<string, string>>) =>
      setOf(wantedBy(spec(units, texts)), "worker");
    const before = set(["a.service", "b.service"], files);
    expect(isSameSet(before, set(["a.service", "b.service"], files))).toBe(true);
    expect(changedNames(before, set(["b.service", "a.service"], files))).toEqual([]);
    expect(isSameSet(before, set(["b.service", "a.service"], files))).toBe(false);
    expect(changedNames(before, set(["a.service", "b.service"], { ...files, "b.service": THREE }))).toEqual([
      "b.service",
    ]);
    expect(changedNames(before, set(["a.service"], files))).toEqual(["b.service"]);
  });

  it("have the text of a template under the name of each instance", () => {
    const wanted = wantedBy(spec(["web@a.service", "web@b.service"], { "web@.service": ONE, "web@b.service": TWO }));
    expect(wanted.files).toEqual({ "web@.service": hashOf(ONE), "web@b.service": hashOf(TWO) });
    expect(setOf(wanted, "worker").files).toEqual({ "web@a.service": hashOf(ONE), "web@b.service": hashOf(TWO) });
  });

  it("include units that they activate, directly or through others", () => {
    const files = {
      "clean.timer": "[Timer]\nUnit=clean.path\n",
      "clean.path": "[Path]\n",
      "clean.service": ONE,
      "job@.service": TWO,
      "call.socket": "[Socket]\nAccept=yes\n",
      "call@.service": THREE,
    };
    const wanted = wantedBy(spec(["clean.timer", "job@x.timer", "call.socket"], files));
    expect(wanted.brings).toEqual({
      "clean.timer": ["clean.path", "clean.service"],
      "job@x.timer": ["job@x.service"],
      "call.socket": ["call@.service"],
    });
    expect(Object.keys(wanted.files).sort()).toEqual(Object.keys(files).sort());
    const { units, files: placed } = setOf(wanted, "worker");
    expect(units).toEqual(["clean.timer", "job@x.timer", "call.socket"]);
    expect(placed["job@x.service"]).toBe(hashOf(TWO));
    expect(setOf(wanted, "manager").files).toEqual({});
  });

  it("name the texts with Drain=yes of listed and activated units", () => {
    const draining = `${ONE}[X-Swarmkeeper]\nDrain=yes\n`;
    const files = { "a.timer": "[Timer]\n", "a.service": draining, "b.service": ONE, "c.service": `${draining}\n` };
    const before = wantedBy(spec(["a.timer", "b.service"], files));
    expect(before.drains).toEqual([hashOf(draining)]);
    const after = wantedBy(spec(["a.timer", "b.service"], { ...files, "a.service": TWO, "b.service": TWO }));
    const asks = (from: typeof before, to: typeof before) =>
      changeDrains(setOf(from, "worker"), setOf(to, "worker"), drainingTexts([before, after]));
    expect([asks(before, after), asks(after, before), asks(before, before)]).toEqual([true, true, false]);
    const other = wantedBy(spec(["b.service", "a.timer"], { ...files, "b.service": THREE }));
    expect(asks(before, other)).toBe(false);
    expect(asks(before, wantedBy(spec(["b.service"], files)))).toBe(true);
  });

  it("include each unit once if units activate each other", () => {
    const files = { "a.timer": "[Timer]\nUnit=b.timer\n", "b.timer": "[Timer]\nUnit=a.timer\n" };
    expect(wantedBy(spec(["a.timer"], files)).brings).toEqual({ "a.timer": ["b.timer"] });
  });
});
