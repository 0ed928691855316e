import { afterAll, describe, expect, it, vi } from "vitest";
import type { Host } from "../../drivers/host/port.ts";

// Test files share a process (vitest.config.ts), so that the modules with the spy are loaded again and unloaded later.
const UNIT_LINES = "../../crd-like-specs/units/unit-lines.ts";
vi.resetModules();
vi.doMock(UNIT_LINES, { spy: true });
const { unitLines } = await import("../../crd-like-specs/units/unit-lines.ts");
const { unitCheck } = await import("./unit-check.ts");
afterAll(() => {
  vi.doUnmock(UNIT_LINES);
  vi.resetModules();
});

const parses = () => vi.mocked(unitLines).mock.calls.length;
const file = (check: string) => `[Service]\nExecStart=/bin/web\n[X-Swarmkeeper]\nCheck=${check}\n`;

/** A host that has nothing but files. */
function hostWith(files: Record<string, string>): Host {
  const read = async (path: string) => files[path.replace(/.*\//, "")];
  return { read } as Partial<Host> as Host;
}

describe("the health check of a unit file", () => {
  it("is parsed once, however often the unit is observed, and again when the text changes", async () => {
    const files: Record<string, string> = { "web.service": file("tcp://127.0.0.1:80"), "db.service": "[Service]\n" };
    const host = hostWith(files);
    for (let round = 0; round < 3; round++) {
      expect(await unitCheck(host, "web.service")).toMatchObject({ kind: "tcp", port: 80 });
      expect(await unitCheck(host, "db.service")).toBeUndefined();
    }
    expect(parses()).toBe(2);
    files["web.service"] = file("tcp://127.0.0.1:81");
    expect(await unitCheck(host, "web.service")).toMatchObject({ port: 81 });
    expect(parses()).toBe(3);
  });

  it("belongs to one host, and disappears with the file", async () => {
    const files: Record<string, string> = { "web.service": file("tcp://127.0.0.1:80") };
    const [one, other] = [hostWith(files), hostWith({ "web.service": file("tcp://127.0.0.1:81") })];
    expect(await unitCheck(one, "web.service")).toMatchObject({ port: 80 });
    expect(await unitCheck(other, "web.service")).toMatchObject({ port: 81 });
    delete files["web.service"];
    expect(await unitCheck(one, "web.service")).toBeUndefined();
  });
});
