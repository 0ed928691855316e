import {
  ClientClosedError,
  castGrpcError,
  EtcdLeaseInvalidError,
  GRPCDeadlineExceededError,
  GRPCUnavailableError,
} from "etcd3";
import { describe, expect, it } from "vitest";
import { toEtcdError } from "./errors.ts";
import { EtcdError, type EtcdErrorKind } from "./port.ts";

const attempt = { what: "try", endpoint: "http://h1:2379", writes: true };

/** An error as @grpc/grpc-js makes it from the code and the sentence that etcd sends. */
function sent(code: number, name: string, sentence: string): Error {
  return Object.assign(new Error(`${code} ${name}: ${sentence}`), { code, details: sentence });
}

const cases: [kind: EtcdErrorKind, maybeApplied: boolean, error: Error][] = [
  ["compacted", false, sent(11, "OUT_OF_RANGE", "etcdserver: mvcc: required revision has been compacted")],
  ["lease-not-found", false, sent(5, "NOT_FOUND", "etcdserver: requested lease not found")],
  ["unhealthy-cluster", false, sent(14, "UNAVAILABLE", "etcdserver: unhealthy cluster")],
  [
    "unhealthy-cluster",
    false,
    sent(9, "FAILED_PRECONDITION", "etcdserver: re-configuration failed due to not enough started members"),
  ],
  [
    "learner-not-ready",
    false,
    sent(9, "FAILED_PRECONDITION", "etcdserver: can only promote a learner member which is in sync with leader"),
  ],
  ["not-learner", false, sent(9, "FAILED_PRECONDITION", "etcdserver: can only promote a learner member")],
  ["too-many-learners", false, sent(9, "FAILED_PRECONDITION", "etcdserver: too many learner members in cluster")],
  ["member-not-found", false, sent(5, "NOT_FOUND", "etcdserver: member not found")],
  ["member-exists", false, sent(9, "FAILED_PRECONDITION", "etcdserver: member ID already exist")],
  ["member-exists", false, sent(9, "FAILED_PRECONDITION", "etcdserver: Peer URLs already exists")],
  ["not-leader", false, sent(9, "FAILED_PRECONDITION", "etcdserver: not leader")],
  ["no-space", false, sent(8, "RESOURCE_EXHAUSTED", "etcdserver: mvcc: database space exceeded")],
  ["denied", false, sent(7, "PERMISSION_DENIED", "etcdserver: permission denied")],
  ["denied", false, sent(3, "INVALID_ARGUMENT", "etcdserver: user name is empty")],
  ["denied", false, sent(16, "UNAUTHENTICATED", "etcdserver: invalid auth token")],
  ["unavailable", false, sent(14, "UNAVAILABLE", "etcdserver: no leader")],
  ["unavailable", false, sent(14, "UNAVAILABLE", "etcdserver: rpc not supported for learner")],
  ["unavailable", false, sent(8, "RESOURCE_EXHAUSTED", "etcdserver: too many requests")],
  ["unavailable", true, sent(14, "UNAVAILABLE", "etcdserver: leader changed")],
  ["unavailable", true, sent(14, "UNAVAILABLE", "Connection dropped")],
  ["unavailable", true, sent(13, "INTERNAL", "Received RST_STREAM with code 2")],
  ["unavailable", true, sent(1, "CANCELLED", "Cancelled on client")],
  ["timeout", true, sent(14, "UNAVAILABLE", "etcdserver: request timed out")],
  ["timeout", true, sent(14, "UNAVAILABLE", "etcdserver: request timed out, possibly due to previous leader failure")],
  ["timeout", true, sent(4, "DEADLINE_EXCEEDED", "Deadline exceeded")],
  ["unexpected", true, sent(3, "INVALID_ARGUMENT", "etcdserver: duplicate key given in txn request")],
  ["unexpected", true, new TypeError("something of ours")],
  ["unavailable", false, new ClientClosedError("kv")],
  ["lease-not-found", false, new EtcdLeaseInvalidError("7")],
  ["timeout", true, new GRPCDeadlineExceededError("4 DEADLINE_EXCEEDED: Deadline exceeded")],
  ["unavailable", true, new GRPCUnavailableError("14 UNAVAILABLE: read ECONNRESET")],
];

describe("toEtcdError", () => {
  it.each(cases)("%s, maybe applied: %s, for %s", (kind, maybeApplied, error) => {
    for (const form of [error, castGrpcError(error)]) {
      expect(toEtcdError(form, attempt)).toMatchObject({ kind, maybeApplied });
    }
  });

  it("never marks a read as maybe applied", () => {
    expect(toEtcdError(new GRPCUnavailableError("x"), { ...attempt, writes: false }).maybeApplied).toBe(false);
  });

  it("names endpoint, call and reason, without gRPC's code, and keeps the cause", () => {
    const error = toEtcdError(sent(14, "UNAVAILABLE", "etcdserver: no leader"), attempt);
    expect(error.message).toBe("etcd http://h1:2379: try: etcdserver: no leader");
    expect(error.cause).toBeInstanceOf(Error);
  });

  it("returns an EtcdError unchanged", () => {
    const error = new EtcdError("denied", "no");
    expect(toEtcdError(error, attempt)).toBe(error);
  });
});
