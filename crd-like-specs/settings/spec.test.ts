import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unitFilesOf } from "../../test/fixtures/unit-files.ts";
import { explain } from "../validation.ts";
import { normalize, textsOf } from "./setting.ts";
import { DEFAULT_SPEC, readSpec, type SpecReading } from "./spec.ts";
import { FIELDS, NODE_FIELDS, resolvePath, SPEC_PATHS } from "./table.ts";

const NODE = "0123456789ab";
const UNIT = "[Unit]\nDescription=web\n[Service]\nExecStart=/bin/true\n";

const read = (entries: Record<string, string>, before: ReadonlyMap<string, { effective: string }> = new Map()) =>
  readSpec(
    Object.entries(entries).map(([path, value], index) => ({ path, value, modRevision: index + 1 })),
    before,
  );

/** The effective texts that a leader publishes for the next reading. */
const published = ({ effective }: SpecReading) =>
  new Map([...effective].map(([path, { text }]) => [path, { effective: text }]));

/** The error for this value, or undefined if it is accepted. */
const errorFor = (path: string, value: string) => {
  const [first] = read({ [path]: value }).rejected;
  return first === undefined ? undefined : explain(first.error);
};

describe("spec/managers", () => {
  it.each([
    ["3", 3],
    [" 5\n", 5],
    ['"7"', 7],
    ["'1'", 1],
    ["+3", 3],
    ["# as agreed\n\n3 # three\n", 3],
    ["\uFEFF3\r\n", 3],
  ])("reads %j", (text, count) => {
    expect(read({ managers: text }).spec.managers).toBe(count);
  });

  it.each([
    ["4", "spec/managers: 4 managers tolerate no more failures than 3; use 3 or 5"],
    ["2", "spec/managers: 2 managers tolerate no more failures than 1; use 1 or 3"],
    ["banana", 'spec/managers: "banana" is not a number; use 1, 3, 5 or 7'],
    ["9", "spec/managers: more than 7 managers slow every write; use at most 7"],
    ["0", "spec/managers: a cluster needs at least 1 manager; use 1, 3, 5 or 7"],
    ["-1", "spec/managers: a cluster needs at least 1 manager; use 1, 3, 5 or 7"],
    ["3.5", 'spec/managers: "3.5" is not a whole number; use 1, 3, 5 or 7'],
    ["1e0", 'spec/managers: "1e0" is not a whole number; use 1, 3, 5 or 7'],
    ["", "spec/managers: empty; use 1, 3, 5 or 7, or delete the key for the default"],
    ["# 3", "spec/managers: empty; use 1, 3, 5 or 7, or delete the key for the default"],
    ["3\n5", "spec/managers:2:1: a second value where one is expected; use 1, 3, 5 or 7"],
    ["3#5", 'spec/managers: "3#5" is not a number; use 1, 3, 5 or 7'],
  ])("rejects %j", (text, message) => {
    expect(errorFor("managers", text)).toBe(message);
  });
});

describe("scalar settings", () => {
  it.each([
    ["paused", "maybe", 'spec/paused: "maybe" is neither true nor false; use true or false'],
    ["rollout/canary", "-1", "spec/rollout/canary: -1 is less than 0; use a whole number from 0 to 100"],
    [
      "rollout/max-unavailable",
      "120%",
      "spec/rollout/max-unavailable: 120% is more than all nodes; use a number of nodes, at least 1, or a percentage from 1% to 100%",
    ],
    ["rollout/on-failure", "panic", 'spec/rollout/on-failure: "panic" is not one of the choices; use pause or revert'],
    ["vault/storage", "consul", 'spec/vault/storage: "consul" is not one of the choices; use etcd or raft'],
    [
      "vault/image",
      "Vault latest",
      'spec/vault/image: "Vault latest" is not an image name; use NAME[:TAG][@sha256:DIGEST], such as hashicorp/vault:1.13',
    ],
    [
      "remediation/grace-seconds",
      "1 min",
      'spec/remediation/grace-seconds: "1 min" is not a number; use a whole number from 15 to 86400 (seconds)',
    ],
  ])("rejects %s %j", (path, text, message) => {
    expect(errorFor(path, text)).toBe(message);
  });

  it("accepts the usual words for true and false", () => {
    const { spec } = read({ paused: "YES", "vault/enabled": "on", "remediation/enabled": "False" });
    expect([spec.paused, spec.vault.enabled, spec.remediation.enabled]).toEqual([true, true, false]);
  });

  it("max-unavailable accepts numbers and percentages of nodes", () => {
    expect(read({ "rollout/max-unavailable": "2" }).spec.rollout.maxUnavailable).toEqual({ nodes: 2 });
    expect(read({ "rollout/max-unavailable": "25 %" }).spec.rollout.maxUnavailable).toEqual({ percent: 25 });
  });
});

describe("paths under spec/", () => {
  it.each([
    ["manager", 'spec/manager: no setting has this name: "manager"; did you mean managers?'],
    ["units/workers", 'spec/units/workers: no setting has this name: "units/workers"; did you mean units/worker?'],
    [
      "weather",
      'spec/weather: no setting has this name: "weather"; delete the key; `swarmkeeper schema Cluster` lists all settings',
    ],
    [
      "nodes/h4/drain",
      'spec/nodes/h4/drain: "h4" is not the id of a node; use the 12 hex digits that `swarmkeeper status -o wide` shows',
    ],
    [
      `nodes/${NODE}/eligable`,
      `spec/nodes/${NODE}/eligable: no setting has this name: "nodes/${NODE}/eligable"; did you mean nodes/${NODE}/eligible?`,
    ],
    [
      "units/files/docker.service",
      "spec/units/files/docker.service: docker.service is not allowed in the spec: every node already runs Docker for the swarm; leave it out",
    ],
  ])("rejects %s", (path, message) => {
    expect(errorFor(path, "3")).toBe(message);
  });

  it("reads the settings of a node, with defaults for the others", () => {
    const { spec } = read({ [`nodes/${NODE}/drain`]: "true", [`nodes/${NODE}/eligible`]: "no" });
    expect(spec.nodes).toEqual({ [NODE]: { eligible: false, paused: false, drain: true } });
  });
});

describe("a rejected value", () => {
  it("leaves the last valid value effective, or the default if there was none", () => {
    const good = read({ managers: " 5 \n" });
    const bad = read({ managers: "4" }, published(good));
    expect(bad.spec.managers).toBe(5);
    expect(textsOf(bad.effective)).toEqual(new Map([["managers", "5"]]));
    expect(bad.rejected).toMatchObject([
      { path: "managers", value: "4", modRevision: 1, effective: { text: "5", value: 5 } },
    ]);
    expect(read({ managers: "4" }).rejected).toMatchObject([{ effective: { text: "3", value: 3 } }]);
  });

  it("returns to the default after its key is deleted", () => {
    const good = read({ managers: "5", "units/files/web.service": UNIT });
    expect(read({}, published(good)).spec).toEqual(DEFAULT_SPEC);
  });

  it("leaves the last valid unit file effective", () => {
    const good = read({ "units/files/web.service": UNIT });
    const bad = read({ "units/files/web.service": UNIT.replaceAll("\n", "\r\n") }, published(good));
    expect(bad.spec.units.files).toEqual(unitFilesOf({ "web.service": UNIT }));
  });

  it("falls back to the default if the last effective value is no longer valid", () => {
    expect(read({ managers: "4" }, new Map([["managers", { effective: "11" }]])).spec.managers).toBe(3);
  });
});

/** Random texts, texts that are almost valid, and texts that some settings accept. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("3", "4", "true", "[a.service", "- a.service\n- b.service", "25%", "''", '"', "\0", "a@.service"),
  fc
    .array(fc.constantFrom("a.service", ",", "\n", "#", "[", "]", "-", " ", "\r", "=", "x@1.timer"))
    .map(parts => parts.join("")),
  fc.constantFrom(
    "5",
    " 7 \n",
    "60",
    "off",
    "'yes'",
    "10%",
    "2",
    "revert",
    "raft",
    "vault:1.13 # ours",
    "web.service",
    UNIT,
  ),
);
const path = fc.oneof(
  fc.constantFrom<string>(...SPEC_PATHS),
  fc.constantFrom(`nodes/${NODE}/drain`, "units/files/web.service", "units/files/__proto__", "__proto__", ""),
  fc.string(),
);

describe("any settings", () => {
  it("normalize never throws for any text, and does not change a normalized text", () => {
    const read = { accepted: 0, rejected: 0, paths: new Set<string>() };
    fc.assert(
      fc.property(path, text, (where, value) => {
        const target = resolvePath(where);
        fc.pre(target.ok);
        read.paths.add(where);
        const once = normalize(target.value, value);
        read[once.ok ? "accepted" : "rejected"] += 1;
        if (once.ok) expect(normalize(target.value, once.value)).toEqual(once);
        else expect(once.error.message).not.toBe("");
      }),
      { numRuns: 2000 },
    );
    // The texts must reach every setting, and give at least 150 accepted and 150 rejected values.
    expect([...read.paths]).toEqual(expect.arrayContaining([...SPEC_PATHS]));
    expect(Math.min(read.accepted, read.rejected)).toBeGreaterThan(150);
  });

  it("every rendered value parses to the same value", () => {
    const unit = fc
      .stringMatching(/^[a-z]{1,8}(@[a-z]{1,3})?\.(service|timer)$/)
      .filter(name => !/^(dbus|sshd?|etcd|init|docker)\./.test(name));
    const units = fc.uniqueArray(unit, { maxLength: 8 });
    const roundTrips = <T>(field: { render(value: T): string; parse(text: string): unknown }, value: T) =>
      expect(field.parse(field.render(value))).toEqual({ ok: true, value });
    fc.assert(
      fc.property(units, fc.integer({ min: 0, max: 100 }), fc.boolean(), (names, number, flag) => {
        roundTrips(FIELDS["units/worker"], names);
        roundTrips(FIELDS["units/manager"], ["swarmkeeper-controller.service", ...names]);
        roundTrips(FIELDS["rollout/canary"], number);
        roundTrips(FIELDS["rollout/max-unavailable"], flag ? { nodes: number + 1 } : { percent: Math.max(1, number) });
        roundTrips(NODE_FIELDS.drain, flag);
        roundTrips(FIELDS["rollout/on-failure"], flag ? "pause" : "revert");
      }),
    );
    for (const field of SPEC_PATHS) {
      const target = resolvePath(field);
      expect(
        target.ok &&
          normalize(target.value, FIELDS[field].render.call(FIELDS[field], FIELDS[field].default as never)).ok,
      ).toBe(true);
    }
  });

  it("a rejected value never changes the spec", () => {
    const entries = fc.uniqueArray(fc.tuple(path, text), { selector: ([where]) => where, maxLength: 6 });
    fc.assert(
      fc.property(entries, entries, (first, second) => {
        const toEntries = (pairs: [string, string][]) =>
          pairs.map(([where, value]) => ({ path: where, value, modRevision: 1 }));
        const before = readSpec(toEntries(first), new Map());
        const after = readSpec(toEntries(second), published(before));
        const rejectedPaths = new Set(after.rejected.map(entry => entry.path));
        const asIfNot = second.flatMap(([where, value]): [string, string][] => {
          if (!rejectedPaths.has(where)) return [[where, value]];
          const kept = before.effective.get(where)?.text;
          return kept === undefined ? [] : [[where, kept]];
        });
        const expected = readSpec(toEntries(asIfNot), new Map());
        expect(after.spec).toEqual(expected.spec);
        expect(expected.rejected).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
