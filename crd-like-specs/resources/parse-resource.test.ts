import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explain } from "../validation.ts";
import { parseResource, RESOURCES, type ResourceKind } from "./parse-resource.ts";

const LEADER = { node: "0123456789ab", name: "h2", since: "2026-03-01T23:14:02Z", version: "0.1.0" };

describe("parseResource", () => {
  it("parses a resource from JSON", () => {
    expect(parseResource("LeaderRecord", "leader", JSON.stringify(LEADER))).toEqual({ ok: true, value: LEADER });
  });

  it.each([
    ["hello", "leader: not JSON; this key holds a LeaderRecord, which a program writes"],
    [
      "null",
      "leader: not a LeaderRecord: Invalid input: expected object, received null; `swarmkeeper schema LeaderRecord` prints the shape",
    ],
    [
      JSON.stringify({ ...LEADER, name: 3 }),
      "leader: not a LeaderRecord: name: Invalid input: expected string, received number; `swarmkeeper schema LeaderRecord` prints the shape",
    ],
  ])("rejects %s", (text, message) => {
    const result = parseResource("LeaderRecord", "leader", text);
    expect(result.ok ? "" : explain(result.error)).toBe(message);
  });

  it.each(["../../etc/shadow", "--version", "web"])("rejects %s as the name of a unit", unit => {
    const assignment = { generation: 1, role: "worker", etcd: { mode: "proxy", endpoints: [] }, units: [unit] };
    expect(parseResource("Assignment", "a", JSON.stringify(assignment)).ok).toBe(false);
    const valid = { ...assignment, units: ["web@1.service"] };
    expect(parseResource("Assignment", "a", JSON.stringify(valid)).ok).toBe(true);
  });

  it("never throws for any text", () => {
    const kinds = Object.keys(RESOURCES) as ResourceKind[];
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.oneof(fc.json(), fc.string()),
        (kind, text) => void parseResource(kind, "k", text),
      ),
    );
  });
});
