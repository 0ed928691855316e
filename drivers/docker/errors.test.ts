import { describe, expect, it } from "vitest";
import { dockerError } from "./errors.ts";
import { DockerError } from "./port.ts";

const errorFor = (message: string, statusCode = 500) =>
  dockerError(
    "do it",
    Object.assign(new Error(`(HTTP code ${statusCode}) ${message}`), { statusCode, json: { message } }),
  );

describe("dockerError", () => {
  it.each([
    [
      "rpc error: code = FailedPrecondition desc = attempting to demote the last manager of the swarm",
      "last-manager",
      "attempting to demote the last manager of the swarm",
    ],
    [
      "rpc error: code = FailedPrecondition desc = can't remove member from the raft: this would result in a loss of quorum",
      "would-lose-quorum",
      "can't remove member from the raft: this would result in a loss of quorum",
    ],
    [
      "rpc error: code = Unknown desc = raft: failed to process the request: node lost leader status",
      "leader-lost",
      "raft: failed to process the request: node lost leader status",
    ],
    ["rpc error: code = DeadlineExceeded desc = context deadline exceeded", "timeout", "context deadline exceeded"],
    [
      "rpc error: code = InvalidArgument desc = A valid join token is necessary to join this cluster",
      "bad-token",
      "A valid join token is necessary to join this cluster",
    ],
    ["remote CA does not match fingerprint. Expected: 0db1", "bad-token"],
    ["rpc error: code = Unknown desc = update out of sequence", "out-of-sequence", "update out of sequence"],
    [
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
      "not-in-swarm",
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again',
    ],
    [
      "This node is not a swarm manager. Manager is being prepared or has trouble connecting to the cluster.",
      "not-a-manager",
      "This node is not a swarm manager. Manager is being prepared or has trouble connecting to the cluster",
    ],
    [
      "You are attempting to leave the swarm on a node that is participating as a manager. Removing this node leaves 1 managers out of 2. Without a Raft quorum your swarm will be inaccessible.",
      "would-lose-quorum",
      "You are attempting to leave the swarm on a node that is participating as a manager. Removing this node leaves 1 managers out of 2. Without a Raft quorum your swarm will be inaccessible",
    ],
    ["something new", "unexpected"],
  ])("takes %j for %s", (message, kind, readable = message) => {
    expect(errorFor(message)).toMatchObject({ kind, message: `docker could not do it: ${readable}` });
  });

  it("maps an unknown 404 to not-found", () => {
    expect(errorFor("node n1 not found", 404).kind).toBe("not-found");
  });

  it("distinguishes an absent engine from a slow one", () => {
    const missing = Object.assign(new Error("connect ENOENT /run/docker.sock"), { code: "ENOENT" });
    expect(dockerError("do it", missing)).toMatchObject({ kind: "unreachable", cause: missing });
    expect(dockerError("do it", new DOMException("too late", "TimeoutError")).kind).toBe("timeout");
  });

  it("returns a DockerError unchanged", () => {
    const own = new DockerError("join-pending", "it goes on");
    expect(dockerError("do it", own)).toBe(own);
  });
});
