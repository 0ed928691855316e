// The discovery service as a process, called over HTTP, stopped and started again.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder: string;
let running: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swarmkeeper-discovery-"));
});
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running = [];
  rmSync(folder, { recursive: true });
});

interface Started {
  readonly child: ChildProcess;
  /** Its whole output once that contains `text`, or when it ends. */
  readonly waitForOutput: (text: string) => Promise<string>;
  readonly ended: Promise<number | null>;
}

function discovery(...args: string[]): Started {
  const child = spawn(process.execPath, ["--import", "tsx", "cli/main.ts", "discovery", ...args]);
  running.push(child);
  let printed = "";
  const ended = new Promise<number | null>(resolve => child.once("close", resolve));
  const waitForOutput = (text: string) =>
    new Promise<string>(resolve => {
      const check = () => printed.includes(text) && resolve(printed);
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", chunk => {
          printed += chunk;
          check();
        });
      }
      child.once("close", () => resolve(printed));
    });
  return { child, waitForOutput, ended };
}

it("the discovery service keeps its tokens across a restart, and ends on SIGTERM", async () => {
  const args = ["--listen", "127.0.0.1:42381", "--state", join(folder, "tokens.json")];
  const first = discovery(...args);
  expect(await first.waitForOutput("/new?size=3'\n")).toMatch(/^listening on 127\.0\.0\.1:42381; for a token: curl /);
  const token = await (await fetch("http://127.0.0.1:42381/new?size=1")).text();
  expect(token).toMatch(/^http:\/\/127\.0\.0\.1:42381\/[0-9a-f]{32}$/);
  const body = new URLSearchParams({ value: "10.0.0.1=http://10.0.0.1:2380" });
  expect((await fetch(`${token}/h1?prevExist=false`, { method: "PUT", body })).status).toBe(201);
  const tooLarge = new URLSearchParams({ value: "x".repeat(5_000) });
  expect((await fetch(`${token}/h2`, { method: "PUT", body: tooLarge })).status).toBe(500);
  first.child.kill("SIGTERM");
  expect(await first.ended).toBe(0);

  const second = discovery(...args);
  await second.waitForOutput("/new?size=3'\n");
  const entries = await (await fetch(token)).json();
  expect(entries).toMatchObject({ node: { nodes: [{ value: "10.0.0.1=http://10.0.0.1:2380" }] } });
  const third = discovery(...args);
  expect(await third.waitForOutput("never")).toBe("cannot listen on 127.0.0.1:42381: the port is taken\n");
  expect(await third.ended).toBe(1);
}, 60_000);

it("the discovery service reports invalid options", async () => {
  writeFileSync(join(folder, "broken.json"), "{");
  const wrong = [
    [["--listen", "2381"], '--listen "2381" is not ADDRESS:PORT; use for example 0.0.0.0:2381', 2],
    [["--listen", "127.0.0.1:0", "--state", join(folder, "broken.json")], "has no valid tokens: remove it", 1],
  ] as const;
  for (const [args, message, code] of wrong) {
    const started = discovery(...args);
    expect(await started.waitForOutput("never")).toContain(message);
    expect(await started.ended).toBe(code);
  }
}, 60_000);
