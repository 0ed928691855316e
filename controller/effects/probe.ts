// Asks one etcd member for itself, within a time: silence is an answer too.
import type { Clock } from "../../drivers/clock/port.ts";
import type { EndpointStatus, Member, Membership } from "../../drivers/etcd/port.ts";
import { reachableUrls } from "../state/hosts.ts";

/** Its status in its own words; undefined where it does not answer in time, or another does. */
export async function askMember(
  { membership, clock }: { readonly membership: Membership; readonly clock: Clock },
  member: Member,
  withinMs: number,
): Promise<EndpointStatus | undefined> {
  const endpoint = reachableUrls(member)[0] ?? member.clientUrls[0];
  if (endpoint === undefined) return undefined; // one that never started has nobody to ask
  const patience = new AbortController();
  try {
    const late = clock.sleep(withinMs, patience.signal).then(() => undefined);
    const status = await Promise.race([membership.status(endpoint), late]);
    return status?.member === member.id ? status : undefined;
  } catch {
    return undefined;
  } finally {
    patience.abort();
  }
}
