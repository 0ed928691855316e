// Turns errors of the engine, of its swarm and of the transport into the kinds that callers decide by. Docker
// distinguishes most failures by text alone. The texts are those of docker 20.10 to 28.
import { z } from "zod";
import { reasonOf } from "../../crd-like-specs/reason.ts";
import { DockerError, type DockerErrorKind } from "./port.ts";

/** The first match wins, so a narrower text precedes a wider one. */
const texts: readonly (readonly [RegExp, DockerErrorKind])[] = [
  [/attempting to demote the last manager|Removing the last manager/, "last-manager"],
  [/this would result in a loss of quorum|Without a Raft quorum|may lose the consensus/, "would-lose-quorum"],
  [/can't find manager in raft memberlist/, "not-in-raft"],
  [/must be demoted to worker before removal/, "must-be-demoted-first"],
  // "swarm leave" on a manager that the quorum does not need.
  [/attempting to leave the swarm on a node that is participating as a manager/, "must-be-demoted-first"],
  [/is not down and can't be removed/, "not-down"],
  [/update out of sequence/, "out-of-sequence"],
  [/attempt to join the swarm will continue in the background/, "join-pending"],
  [/already part of a [Ss]warm/, "already-in-swarm"],
  [/not part of a [Ss]warm|Use "docker swarm init" or "docker swarm join"/, "not-in-swarm"],
  [/This node is not a swarm manager/, "not-a-manager"],
  [/join token|remote CA does not match fingerprint/, "bad-token"],
  [/swarm does not have a leader|no elected (cluster leader|primary cluster manager)/, "no-leader"],
  [/los(t|ing) leader status|raft: failed to (process|propose)/, "leader-lost"],
  [/DeadlineExceeded|deadline exceeded/, "timeout"],
  // A manager forwards a call to the leader that it knows. That leader no longer answers.
  [/code = (Unavailable|Canceled|Aborted)/, "leader-lost"],
];

const unreachableCodes = [
  "ENOENT",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "EACCES",
  "ENOTCONN",
  "ERR_STREAM_PREMATURE_CLOSE",
];

const engineFailure = z.object({ statusCode: z.number(), json: z.unknown(), message: z.string() });
const engineMessage = z.object({ message: z.string() });
const transportFailure = z.object({ code: z.string() });

/**
 * The typed form of any error that a call threw. `attempt` is what was tried, in the infinitive: "read the nodes".
 * A DockerError passes through unchanged.
 */
export function dockerError(attempt: string, cause: unknown): DockerError {
  if (cause instanceof DockerError) return cause;
  const text = engineText(cause);
  if (text !== undefined)
    return new DockerError(kindOf(cause, text), `docker could not ${attempt}: ${readable(text)}`, { cause });

  const reason = reasonOf(cause);
  if (isAbort(cause)) return new DockerError("timeout", `docker did not ${attempt} in time`, { cause });
  const transport = transportFailure.safeParse(cause);
  if (transport.success && unreachableCodes.includes(transport.data.code))
    return new DockerError("unreachable", `no docker engine answered to ${attempt}: ${reason}`, { cause });
  return new DockerError("unexpected", `docker could not ${attempt}: ${reason}`, { cause });
}

/** The engine's text for a reader: without gRPC's prefix and the full stop. */
export const readable = (text: string): string => text.replace(/rpc error: .*? desc = /, "").replace(/\.$/, "");

/** The engine's own message, undefined when no engine answered. */
function engineText(cause: unknown): string | undefined {
  const failure = engineFailure.safeParse(cause);
  if (!failure.success) return undefined;
  const body = engineMessage.safeParse(failure.data.json);
  return (body.success ? body.data.message : failure.data.message).trim();
}

function kindOf(cause: unknown, text: string): DockerErrorKind {
  const known = texts.find(([pattern]) => pattern.test(text));
  if (known) return known[1];
  const status = engineFailure.parse(cause).statusCode;
  return status === 404 ? "not-found" : "unexpected";
}

function isAbort(cause: unknown): boolean {
  return cause instanceof Error && (cause.name === "AbortError" || cause.name === "TimeoutError");
}
