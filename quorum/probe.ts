// Asks one etcd server for itself, within a time: silence is an answer too.

import { within } from "../coordination/timeout.ts";
import { reachableUrls } from "../crd-like-specs/urls.ts";
import type { Clock } from "../drivers/clock/port.ts";
import type { EndpointStatus, Member, Membership } from "../drivers/etcd/port.ts";

interface Asking {
  readonly membership: Membership;
  readonly clock: Clock;
}

/** A member's status in its own words; undefined where it does not answer in time, or another does. */
export async function askMember(asking: Asking, member: Member, withinMs: number): Promise<EndpointStatus | undefined> {
  const endpoint = reachableUrls(member)[0] ?? member.clientUrls[0];
  if (endpoint === undefined) return undefined; // one that never started has nobody to ask
  const status = await askEndpoint(asking, endpoint, withinMs);
  return status?.member === member.id ? status : undefined;
}

/** Whoever answers at this client URL; undefined where nobody does in time. */
export async function askEndpoint(
  { membership, clock }: Asking,
  endpoint: string,
  withinMs: number,
): Promise<EndpointStatus | undefined> {
  try {
    return await within(clock, withinMs, membership.status(endpoint));
  } catch {
    return undefined;
  }
}
