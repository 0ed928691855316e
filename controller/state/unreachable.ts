// Unreachable managers: machines from which neither raft gets an answer. A machine is dead when the grace has ended and
// its agent's lease has expired. Anything else that prevents that is a reason in the report.
import { isSameMachine } from "../../crd-like-specs/resources/shapes.ts";
import type { PlanInput } from "./input.ts";
import type { RaftMachine } from "./machines.ts";
import type { Node } from "./nodes.ts";

/** A member that has never started may be on a machine that is still booting. k3s removes it after the same time. */
const FIRST_START_MS = 5 * 60_000;

export interface Unreachable extends RaftMachine {
  /** The start of its unbroken silence in both rafts, milliseconds since 1970. */
  readonly since: number;
  /** The end of its grace, milliseconds since 1970. It does not count as dead earlier. */
  readonly until: number;
  /** Why it does not count as dead even after the grace; undefined for no such reason. */
  readonly reason: string | undefined;
  /** Its grace has ended, and no reason prevents it. */
  readonly dead: boolean;
}

/** The longest unreachable first. The node that the operation in progress promotes or demotes is left out. */
export function unreachableIn(
  input: PlanInput,
  nodes: readonly Node[],
  machines: readonly RaftMachine[],
): Unreachable[] {
  const { operation } = input;
  return machines
    .filter(machine => isSilent(machine) && (operation?.node === undefined || machine.ref.node !== operation.node))
    .map(machine => {
      const since = knownSince(input, machine) ?? observedAt(input);
      const until = since + graceOf(input, machine);
      const reason = reasonAgainst(input, nodes, machine, until);
      return { ...machine, since, until, reason, dead: reason === undefined && input.now >= until };
    })
    .sort((a, b) => a.since - b.since);
}

/** Neither its member nor its swarm manager answers. */
const isSilent = ({ member, swarmNode }: RaftMachine): boolean =>
  (member === undefined || !member.healthy) && (swarmNode === undefined || swarmNode.manager?.reachable !== true);

/** When both rafts were observed. A missing answer takes up to a second to show. */
const observedAt = ({ now, swarm, etcd, watchedSince }: PlanInput): number =>
  Math.max(
    watchedSince,
    Math.min(now, ...[swarm, etcd].map(observation => (observation.known ? observation.at : now))),
  );

/** From the last report, unless this controller began to watch later: the machine may have answered in between. */
function knownSince(input: PlanInput, { ref }: RaftMachine): number | undefined {
  const known = input.cluster?.unreachable.find(entry => isSameMachine(entry, ref));
  const since = known && Date.parse(known.since);
  return since !== undefined && since >= input.watchedSince && since <= input.now ? since : undefined;
}

function graceOf({ spec }: PlanInput, { member, swarmNode }: RaftMachine): number {
  const grace = spec.remediation.graceSeconds * 1000;
  const started = swarmNode !== undefined || (member !== undefined && member.clientUrls.length > 0);
  return started ? grace : Math.max(grace, FIRST_START_MS);
}

function reasonAgainst(
  { now, spec }: PlanInput,
  nodes: readonly Node[],
  { node, ref }: RaftMachine,
  until: number,
): string | undefined {
  if (!spec.remediation.enabled) return "spec/remediation/enabled is false";
  if (node && spec.nodes[node.id]?.paused) return `spec/nodes/${node.id}/paused is true`;
  // A lease needs time to expire, so it counts as a sign of life only after the grace. For an unmanaged machine the
  // registration is matched by address.
  if (now < until) return undefined;
  if (node?.registration || nodes.some(other => other.registration?.address === ref.address))
    return "its agent is still registered";
  return undefined;
}
