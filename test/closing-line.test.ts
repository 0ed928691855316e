import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "..");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "swarmkeeper-closing-line-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The lines that the reporter prints after a run of these test files. */
async function report(files: Readonly<Record<string, string>>): Promise<string[]> {
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
  const reporter = path.join(root, "test/closing-line.ts");
  const args = [vitest, "run", "--globals", "--root", folder, "--reporter", reporter];
  const child = spawn(process.execPath, args, { cwd: folder, env: { PATH: process.env.PATH, NO_COLOR: "1" } });
  const [output] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return output.trim().split("\n");
}

it("counts tests that a broken hook prevents as failed, and only tests that are skipped on purpose as skipped", async () => {
  const lines = await report({
    "hooks.test.js": `
      it("passes", () => {});
      it("fails", () => { throw new Error("wrong\\nin detail"); });
      describe("with a server", () => {
        beforeAll(() => { throw new Error("it does not start"); });
        it("one", () => {});
        describe("inside", () => {
          beforeAll(() => { throw new Error("never called"); });
          it("two", () => {});
        });
        it.skipIf(true)("asked for", () => {});
      });
      describe("that cannot be stopped", () => {
        afterAll(() => { throw new Error("it goes on"); });
        it("passes too", () => {});
        it("finds itself needless", ({ skip }) => skip());
      });
    `,
    "load.test.js": `throw new Error("not loaded");`,
    "whole-file.test.js": `
      beforeAll(() => { throw new Error("nothing here"); });
      it("three", () => {});
      it("four", () => {});
    `,
  });
  expect(lines.slice(0, -2).sort()).toEqual([
    "failed: hooks.test.js > fails: wrong",
    "failed: hooks.test.js > that cannot be stopped: it goes on",
    "failed: hooks.test.js > with a server: it does not start (2 tests)",
    "failed: load.test.js: not loaded",
    "failed: whole-file.test.js: nothing here (2 tests)",
  ]);
  expect(lines.at(-1)).toBe("tests: 2 passed, 7 failed, 2 skipped");
});
