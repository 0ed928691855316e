import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SCHEMAS } from "../schema.ts";
import { explain } from "../validation.ts";
import { parseCluster, renderCluster } from "./cluster.ts";
import { NODE_SETTINGS, SPEC_PATHS } from "./table.ts";

const DOCUMENT = `apiVersion: swarmkeeper/v1
kind: Cluster
metadata:
  name: lab # a comment
spec:
  managers: 5
  units:
    manager: [swarmkeeper-controller.service, web.service]
    worker:
      - web.service
    files:
      web.service: |
        [Service]
        ExecStart=/bin/true
  rollout:
    max-unavailable: 25%
  nodes:
    012345678901: {drain: yes}
`;

const errorsIn = (text: string): string[] => {
  const reading = parseCluster(text);
  return reading.ok ? [] : reading.errors.map(explain);
};

describe("the Cluster document", () => {
  it("parses to the values by path", () => {
    expect(parseCluster(DOCUMENT)).toEqual({
      ok: true,
      value: {
        name: "lab",
        values: new Map([
          ["managers", "5"],
          ["units/manager", "swarmkeeper-controller.service\nweb.service"],
          ["units/worker", "web.service"],
          ["units/files/web.service", "[Service]\nExecStart=/bin/true\n"],
          ["rollout/max-unavailable", "25%"],
          ["nodes/012345678901/drain", "true"],
        ]),
      },
    });
  });

  it("is rendered in the order of the table", () => {
    const reading = parseCluster(DOCUMENT);
    expect(reading.ok ? renderCluster(reading.value) : "").toMatchInlineSnapshot(`
      "apiVersion: swarmkeeper/v1
      kind: Cluster
      metadata:
        name: lab
      spec:
        managers: 5
        units:
          manager:
            - swarmkeeper-controller.service
            - web.service
          worker:
            - web.service
          files:
            web.service: |
              [Service]
              ExecStart=/bin/true
        rollout:
          max-unavailable: 25%
        nodes:
          "012345678901":
            drain: true
      "
    `);
  });

  it.each([
    ["managers: 5", "managers: 4", "spec/managers:6:13: 4 managers tolerate no more failures than 3; use 3 or 5"],
    ["managers: 5", "manager: 5", 'spec/manager:6:3: no setting has this name: "manager"; did you mean managers?'],
    ["managers: 5", "managers:", "spec/managers:6:12: empty; use 1, 3, 5 or 7, or delete the key for the default"],
    ["managers: 5", "managers: [5]", "spec/managers:6:13: a single value is expected here; write it after the colon"],
    [
      "- web.service",
      "- web.service\n      - web",
      'spec/units/worker:11:9: "web" has no suffix; add one of .service, .timer, .socket, .mount, .path, .target',
    ],
    [
      "- web.service",
      "- a.service,b.service",
      "spec/units/worker:10:9: item 1 is not a single name; write - NAME, one name per item",
    ],
    [
      "ExecStart=/bin/true",
      "ExecStart",
      "spec/units/files/web.service:14:9: neither a section nor Key=Value; use Key=Value, or start a comment with #",
    ],
    [
      "- web.service",
      "- web.service: 1",
      "spec/units/worker:10:9: item 1 is not a single name; write - NAME, one name per item",
    ],
    [
      "012345678901:",
      "h4:",
      'spec/nodes/h4/drain:18:10: "h4" is not the id of a node; use the 12 hex digits that `swarmkeeper status -o wide` shows',
    ],
    ["kind: Cluster", "kind: Clutter", 'kind:2:7: "Clutter" is not known; use kind: Cluster'],
    ["kind: Cluster\n", "", "kind: missing; use kind: Cluster"],
    ["spec:", "specs:", 'specs:5:1: unknown key "specs"; did you mean spec?'],
    ["name: lab", "nmae: lab", 'metadata.nmae:4:3: unknown key "nmae"; did you mean name?'],
    ["max-unavailable: 25%", "- 25%", "spec/rollout:16:5: not a map; write KEY: VALUE lines below it"],
    ["managers: 5", "managers: 5\n  managers: 3", "7:3: managers is given twice; first on line 6"],
    ["managers: 5", "managers: *five", "spec/managers:6:13: a single value is expected here; write it after the colon"],
    ["managers: 5", 'managers: "5', "6:13: not YAML: this quote is never closed; close it"],
    [
      "managers: 5",
      "managers: 5: 5",
      "6:13: not YAML: Nested mappings are not allowed in compact mappings; correct this line",
    ],
  ])("rejects the document with %j replaced by %j", (good, bad, message) => {
    expect(errorsIn(DOCUMENT.replace(good, bad))).toContain(message);
  });

  it("reports a key that is given twice together with all other errors", () => {
    expect(errorsIn(DOCUMENT.replace("managers: 5", "managers: 4\n  managers: 3"))).toEqual([
      "spec/managers:6:13: 4 managers tolerate no more failures than 3; use 3 or 5",
      "7:3: managers is given twice; first on line 6",
    ]);
  });

  it("reads texts as they are written, without the types of YAML", () => {
    const reading = parseCluster(DOCUMENT.replace("managers: 5", "managers: !!int 5\n  paused: yes"));
    expect(reading.ok && [...reading.value.values].slice(0, 2)).toEqual([
      ["managers", "5"],
      ["paused", "true"],
    ]);
  });

  it("reports all errors at once", () => {
    expect(errorsIn("spec:\n  managers: 4\n  paused: maybe\n")).toHaveLength(4);
    expect(errorsIn("")).toHaveLength(3);
    expect(errorsIn("- 1")).toEqual(["1:1: not a map; write KEY: VALUE lines below it"]);
  });

  it("never throws for any text, and parses every document that it renders", () => {
    const values = fc
      .record(
        {
          managers: fc.constantFrom("1", "3", "5", "7"),
          paused: fc.constantFrom("true", "false"),
          "units/worker": fc.constantFrom("", "a.service", "a.service\n1.timer"),
          "rollout/max-unavailable": fc.constantFrom("1", "50%"),
          "vault/image": fc.constantFrom("vault", "1234", "registry:5000/vault@sha256:".padEnd(91, "0")),
          "units/files/a.service": fc
            .string({ unit: "grapheme" })
            .map(text => `[Service]\n#${text.replace(/[\r\n\0\uFFFD]/g, "")}\nA=${" x".repeat(90)}\n\n`),
          "units/files/1.timer": fc.constantFrom("[Timer]", "[Timer]\n", "\n[Timer]\n  A=b  \n"),
          "nodes/000000000001/drain": fc.constantFrom("true", "false"),
          "nodes/123456e78901/eligible": fc.constantFrom("true", "false"),
        },
        { requiredKeys: [] },
      )
      .map(record => new Map(Object.entries(record)));
    fc.assert(
      fc.property(values, fc.option(fc.string({ minLength: 1 }), { nil: undefined }), (texts, name) => {
        const cluster = { values: texts, ...(name !== undefined && { name }) };
        expect(parseCluster(renderCluster(cluster))).toEqual({ ok: true, value: cluster });
      }),
      { numRuns: 100 },
    );
    fc.assert(fc.property(fc.string({ unit: "binary" }), text => void parseCluster(text)));
    fc.assert(
      fc.property(fc.nat(DOCUMENT.length), fc.nat(20), fc.string({ maxLength: 5 }), (at, length, text) => {
        const reading = parseCluster(DOCUMENT.slice(0, at) + text + DOCUMENT.slice(at + length));
        if (reading.ok) return;
        for (const { line, column, message } of reading.errors)
          if (message === "missing") expect([line, column]).toEqual([undefined, undefined]);
          else expect(Math.min(line ?? 0, column ?? 0)).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });
});

describe("schemas", () => {
  it("exist for every kind, with the kind as title", () => {
    for (const [kind, make] of Object.entries(SCHEMAS)) expect(make()).toMatchObject({ title: kind });
  });

  it("describe every setting in the schema of Cluster", () => {
    const text = JSON.stringify(SCHEMAS.Cluster?.());
    for (const path of [...SPEC_PATHS, ...NODE_SETTINGS])
      expect(text).toContain(`"${path.split("/").at(-1)}":{"description":`);
  });
});
