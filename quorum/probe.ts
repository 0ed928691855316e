// Asks one etcd server for its status within a time limit. No answer is a result, not an error.
import { within } from "../coordination/timeout.ts";
import { reachableUrls } from "../crd-like-specs/urls.ts";
import type { Clock } from "../drivers/clock/port.ts";
import type { EndpointStatus, Member, Membership } from "../drivers/etcd/port.ts";

interface ProbeDeps {
  readonly membership: Membership;
  readonly clock: Clock;
}

/** The status of a member; undefined if it does not answer in time, or if another member answers. */
export async function probeMember(
  deps: ProbeDeps,
  member: Member,
  withinMs: number,
): Promise<EndpointStatus | undefined> {
  const endpoint = reachableUrls(member)[0] ?? member.clientUrls[0];
  if (endpoint === undefined) return undefined; // it has never started
  const status = await probeEndpoint(deps, endpoint, withinMs);
  return status?.member === member.id ? status : undefined;
}

/** The status of the member at this client URL; undefined without an answer in time. Never rejects. */
export async function probeEndpoint(
  { membership, clock }: ProbeDeps,
  endpoint: string,
  withinMs: number,
): Promise<EndpointStatus | undefined> {
  try {
    return await within(clock, withinMs, membership.status(endpoint));
  } catch {
    return undefined;
  }
}
