import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Check } from "../../crd-like-specs/units/unit-section.ts";
import { FakeChecks } from "../../test/fakes/check/check.ts";
import { localChecks } from "./real.ts";

async function listening(server: Server): Promise<{ port: number; close: () => Promise<void> }> {
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return { port: address.port, close: () => new Promise(resolve => void server.close(() => resolve())) };
}

const http = (port: number, path: string, timeoutMs = 5_000): Check => ({
  kind: "http",
  url: `http://127.0.0.1:${port}${path}`,
  timeoutMs,
});
const exec = (timeoutMs: number, ...command: string[]): Check => ({ kind: "exec", command, timeoutMs });

describe("localChecks", () => {
  it("judges an HTTP check by the status alone, within its time limit", async () => {
    const server = await listening(
      createServer((request, response) => {
        if (request.url === "/silent") return;
        response.writeHead(Number(request.url?.slice(1)), { Location: "/500" }).write("more is to come");
      }),
    );
    const probe = (path: string, timeoutMs?: number) => localChecks.run(http(server.port, path, timeoutMs));
    expect(
      await Promise.all([probe("/200"), probe("/302"), probe("/404"), probe("/503"), probe("/silent", 50)]),
    ).toEqual([undefined, undefined, "it answers 404", "it answers 503", "no answer in 0.05 s"]);
    await server.close();
    expect(await probe("/200")).toMatch(/ECONNREFUSED/);
  });

  it("passes a TCP check when the connection is accepted", async () => {
    const server = await listening(createTcpServer(socket => socket.on("error", () => {})));
    const check: Check = { kind: "tcp", host: "127.0.0.1", port: server.port, timeoutMs: 5_000 };
    expect(await localChecks.run(check)).toBeUndefined();
    await server.close();
    expect(await localChecks.run(check)).toMatch(/ECONNREFUSED/);
  });

  it("judges a program by its exit code", async () => {
    expect(await localChecks.run(exec(5_000, "/bin/true"))).toBeUndefined();
    expect(await localChecks.run(exec(5_000, "/bin/sh", "-c", "exit 3"))).toBe("it ends with 3");
    expect(await localChecks.run(exec(5_000, "/nowhere/at/all"))).toMatch(/ENOENT/);
  });

  it("kills a program that takes too long, with its children", async () => {
    const folder = mkdtempSync(join(tmpdir(), "check-"));
    const mark = join(folder, "outlived");
    const program = `(sleep 0.4; touch ${mark}) & wait`;
    expect(await localChecks.run(exec(50, "/bin/sh", "-c", program))).toBe("no answer in 0.05 s");
    await new Promise(resolve => setTimeout(resolve, 700));
    expect(existsSync(mark)).toBe(false);
    rmSync(folder, { recursive: true });
  });
});

it("the fake of checks fails the checks that a test names", async () => {
  const checks = new FakeChecks();
  const tcp: Check = { kind: "tcp", host: "127.0.0.1", port: 80, timeoutMs: 5_000 };
  const all = () => Promise.all([tcp, http(8080, "/"), exec(5_000, "/bin/ok", "-v")].map(check => checks.run(check)));
  expect(await all()).toEqual([undefined, undefined, undefined]);
  checks.failing.set("tcp://127.0.0.1:80", "connection refused");
  checks.failing.set("http://127.0.0.1:8080/", "it answers 503");
  checks.failing.set("exec:/bin/ok -v", "it ends with 1");
  expect(await all()).toEqual(["connection refused", "it answers 503", "it ends with 1"]);
});
