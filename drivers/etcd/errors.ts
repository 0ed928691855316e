// Turns the errors of etcd3 into EtcdErrors. The class of an error stands for the gRPC code. Its text contains one of
// the fixed sentences of etcd's package rpctypes, which is more specific.
import {
  castGrpcError,
  EtcdAuthenticationFailedError,
  EtcdInvalidAuthTokenError,
  EtcdLeaseInvalidError,
  EtcdPermissionDeniedError,
  GRPCAbortedError,
  GRPCCancelledError,
  GRPCDeadlineExceededError,
  GRPCInternalError,
  GRPCNotFoundError,
  GRPCOutOfRangeError,
  GRPCResourceExhastedError,
  GRPCUnauthenticatedError,
  GRPCUnavailableError,
  GRPCUnknownError,
} from "etcd3";
import { EtcdError, type EtcdErrorKind } from "./port.ts";

/**
 * etcd's sentences (api/v3rpc/rpctypes/error.go). `rejected`: etcd rejects the request before it proposes anything to
 * the raft, so a write was certainly not applied.
 */
const sentences: readonly { text: string; kind: EtcdErrorKind; rejected: boolean }[] = [
  { text: "required revision has been compacted", kind: "compacted", rejected: true },
  { text: "requested lease not found", kind: "lease-not-found", rejected: true },
  { text: "unhealthy cluster", kind: "unhealthy-cluster", rejected: true },
  { text: "not enough started members", kind: "unhealthy-cluster", rejected: true },
  { text: "learner member which is in sync with leader", kind: "learner-not-ready", rejected: true },
  { text: "can only promote a learner member", kind: "not-learner", rejected: true },
  { text: "too many learner members", kind: "too-many-learners", rejected: true },
  { text: "member not found", kind: "member-not-found", rejected: true },
  { text: "member ID already exist", kind: "member-exists", rejected: true },
  { text: "Peer URLs already exists", kind: "member-exists", rejected: true },
  { text: "etcdserver: not leader", kind: "not-leader", rejected: true },
  { text: "bad leader transferee", kind: "member-not-found", rejected: true },
  { text: "database space exceeded", kind: "no-space", rejected: true },
  { text: "rpc not supported for learner", kind: "unavailable", rejected: true },
  { text: "too many requests", kind: "unavailable", rejected: true },
  { text: "etcdserver: not capable", kind: "unavailable", rejected: true },
  { text: "etcdserver: no leader", kind: "unavailable", rejected: true },
  { text: "etcdserver: user name is empty", kind: "denied", rejected: true },
  // A sentence of etcd3: the endpoints were changed before the call was sent.
  { text: "the client was already closed", kind: "unavailable", rejected: true },
  { text: "etcdserver: request timed out", kind: "timeout", rejected: false },
];

/** Codes without a sentence of etcd, mostly from the transport. */
const codes: readonly { types: readonly (abstract new (...args: never[]) => Error)[]; kind: EtcdErrorKind }[] = [
  { types: [GRPCDeadlineExceededError], kind: "timeout" },
  {
    types: [
      GRPCUnavailableError,
      GRPCInternalError,
      GRPCCancelledError,
      GRPCUnknownError,
      GRPCAbortedError,
      GRPCResourceExhastedError,
    ],
    kind: "unavailable",
  },
  {
    types: [
      EtcdPermissionDeniedError,
      EtcdAuthenticationFailedError,
      EtcdInvalidAuthTokenError,
      GRPCUnauthenticatedError,
    ],
    kind: "denied",
  },
  { types: [EtcdLeaseInvalidError], kind: "lease-not-found" },
  { types: [GRPCOutOfRangeError], kind: "compacted" },
  { types: [GRPCNotFoundError], kind: "member-not-found" },
];

export interface Attempt {
  /** What was tried, for the message: "txn", "add learner", … */
  readonly what: string;
  readonly endpoint: string;
  /** The call changes something. After a failure without an answer it may have been applied. */
  readonly writes: boolean;
}

/** The typed form of anything that a call through etcd3 may throw. An EtcdError passes as it is. */
export function toEtcdError(thrown: unknown, { what, endpoint, writes }: Attempt): EtcdError {
  if (thrown instanceof EtcdError) return thrown;
  const cause = thrown instanceof Error ? castGrpcError(thrown) : new Error(String(thrown));
  const text = cause.message;
  const sentence = sentences.find(each => text.includes(each.text));
  const code = codes.find(each => each.types.some(type => cause instanceof type));
  const kind = sentence?.kind ?? code?.kind ?? "unexpected";
  const ambiguous = kind === "timeout" || kind === "unavailable" || kind === "unexpected";
  const maybeApplied = writes && sentence?.rejected !== true && ambiguous;
  return new EtcdError(kind, `etcd ${endpoint}: ${what}: ${plain(text)}`, { cause, maybeApplied });
}

/** Without gRPC's prefix of code and name, because the kind is more specific. */
function plain(text: string): string {
  return text.replace(/^\d+ [A-Z_]+: /, "");
}
