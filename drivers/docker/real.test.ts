import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import { negotiate } from "./api.ts";
import type { Docker } from "./port.ts";
import { connectDocker } from "./real.ts";

const node = swarmNodeId("n1");
const socket = `/tmp/docker-driver-test-${process.pid}.sock`;
let cleanUp: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const step of cleanUp) await step();
  cleanUp = [];
});

/** An engine at a unix socket that answers as the test defines. */
async function engine(answer: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<void> {
  const server = createServer((request, response) => {
    if (request.url !== "/version") return answer(request, response);
    response.end(JSON.stringify({ ApiVersion: "1.51", MinAPIVersion: "1.24" }));
  });
  await new Promise<void>(resolve => server.listen(socket, resolve));
  cleanUp.push(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    await rm(socket, { force: true });
  });
}

function connect(timeoutMs = 5_000): Docker {
  const docker = connectDocker({ socket, timeoutMs });
  cleanUp.unshift(async () => docker.close());
  return docker;
}

describe("connectDocker", () => {
  it("times out when an engine accepts a call and never answers", async () => {
    await engine(() => {});
    await expect(connect(100).nodes()).rejects.toMatchObject({ kind: "timeout" });
    await expect(connect(100).inspectSwarm()).rejects.toMatchObject({ kind: "timeout" });
  });

  it("times out when an answer stops half way", async () => {
    await engine((_request, response) => response.writeHead(200).write('[{"ID":'));
    await expect(connect(100).nodes()).rejects.toMatchObject({ kind: "timeout" });
  });

  it("rejects an answer of an unknown shape as unexpected", async () => {
    await engine((_request, response) => response.end(JSON.stringify([{ ID: 5 }])));
    await expect(connect().nodes()).rejects.toMatchObject({
      kind: "unexpected",
      message: expect.stringContaining("invalid answer"),
    });
  });

  it("uses the API of the oldest supported docker with a newer engine", async () => {
    const urls: (string | undefined)[] = [];
    await engine((request, response) => {
      urls.push(request.url);
      response.end("[]");
    });
    await connect().nodes();
    expect(urls).toEqual(["/v1.41/nodes"]);
  });

  it("sends back a node's whole spec with its current version, and retries when another writer was faster", async () => {
    let version = 7;
    const updates: string[] = [];
    await engine(async (request, response) => {
      if (request.method === "GET") {
        const spec = { Role: "worker", Availability: "active", Labels: { zone: "b" }, Later: true };
        return response.end(JSON.stringify({ ID: "n1", Version: { Index: version++ }, Spec: spec }));
      }
      updates.push(`${request.url} ${await text(request)}`);
      if (updates.length === 3) return response.end();
      const message = "rpc error: code = Unknown desc = update out of sequence";
      return response.writeHead(500).end(JSON.stringify({ message }));
    });
    await connect().setRole(node, "manager");
    const body = '{"Role":"manager","Availability":"active","Labels":{"zone":"b"},"Later":true}';
    expect(updates).toEqual([7, 8, 9].map(index => `/v1.41/nodes/n1/update?version=${index} ${body}`));
  });

  const drainedBy = async (spec: Record<string, unknown>, drained: boolean): Promise<unknown> => {
    const updates: string[] = [];
    await engine(async (request, response) => {
      if (request.method === "GET") return response.end(JSON.stringify({ Version: { Index: 1 }, Spec: spec }));
      updates.push(await text(request));
      return response.end();
    });
    await connect().setDrained(node, drained);
    return updates.map(update => JSON.parse(update));
  };
  const spec = { Role: "worker", Availability: "active", Labels: { zone: "b" } };
  const ours = { ...spec, Availability: "drain", Labels: { zone: "b", "swarmkeeper.drained": "active" } };

  it.each([
    ["drains and labels", spec, true, [ours]],
    ["removes the drain and the label", ours, false, [spec]],
    ["does not drain twice", ours, true, []],
    ["does not label a node that an operator drained", { ...spec, Availability: "drain", Labels: null }, true, []],
    ["does not undo an operator's drain", { ...spec, Availability: "drain" }, false, []],
    ["removes the label alone after an operator's change", { ...ours, Availability: "active" }, false, [spec]],
  ])("setDrained %s in one write", async (_, present, drained, updates) => {
    expect(await drainedBy(present, drained)).toEqual(updates);
  });

  it("counts the tasks that have not ended, regardless of their desired state", async () => {
    const urls: (string | undefined)[] = [];
    await engine((request, response) => {
      urls.push(decodeURIComponent(request.url ?? ""));
      const states = ["running", "shutdown", "preparing", "failed", "complete", "orphaned", "rejected", "remove"];
      response.end(JSON.stringify(states.map(State => ({ DesiredState: "shutdown", Status: { State } }))));
    });
    expect(await connect().tasksOn(node)).toBe(2);
    expect(urls).toEqual(['/v1.41/tasks?filters={"node":["n1"]}']);
  });

  it("gives up after losing the race to another writer five times", async () => {
    await engine((request, response) =>
      request.method === "GET"
        ? response.end(JSON.stringify({ Version: { Index: 1 }, Spec: { Role: "worker" } }))
        : response.writeHead(500).end('{"message":"rpc error: code = Unknown desc = update out of sequence"}'),
    );
    await expect(connect().setRole(node, "manager")).rejects.toMatchObject({ kind: "out-of-sequence" });
  });

  it("reports a join that timed out as pending", async () => {
    await engine(() => {});
    const docker = connectDocker({ socket, membershipTimeoutMs: 100 });
    const join = docker.joinSwarm({ remotes: ["10.0.0.1:2377"], token: "t", advertiseAddress: "10.0.0.2" });
    await expect(join).rejects.toMatchObject({ kind: "join-pending", recoverable: true });
    docker.close();
  });

  it("connects to an engine that starts later", async () => {
    const docker = connect();
    await expect(docker.nodes()).rejects.toMatchObject({ kind: "unreachable", recoverable: true });
    await engine((_request, response) => response.end("[]"));
    expect(await docker.nodes()).toEqual([]);
  });

  it("ends its calls and its event stream when it is closed", async () => {
    await engine(() => {});
    const docker = connect();
    const ended = new Promise<void>(resolve => docker.nodeEvents().subscribe({ complete: resolve }));
    const call = expect(docker.nodes()).rejects.toMatchObject({
      kind: "unreachable",
      message: expect.stringContaining("closed"),
    });
    docker.close();
    await Promise.all([ended, call]);
  });
});

describe("negotiate", () => {
  it.each([
    ["1.12", "1.41", "1.41"],
    ["1.24", "1.51", "1.41"],
    ["1.44", "1.52", "1.44"],
    ["1.12", "1.40", "1.40"],
  ])("between %s and %s uses %s", (least, most, version) => {
    expect(negotiate({ least, most })).toBe(version);
  });
});
