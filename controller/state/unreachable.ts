// Unreachable managers: machines of which neither raft hears anything. One is judged dead when its time is over and its
// agent's lease has run out too; everything that speaks against it is a reason in words.
import { isSameMachine } from "../../crd-like-specs/resources/shapes.ts";
import type { PlanInput } from "./input.ts";
import type { RaftMachine } from "./machines.ts";
import type { Node } from "./nodes.ts";

/** A member that has never started may be a machine that still boots for the first time; k3s evicts it after as long. */
const FIRST_START_MS = 5 * 60_000;

export interface Unreachable extends RaftMachine {
  /** Silent in both rafts without a break since then, milliseconds since 1970. */
  readonly since: number;
  /** Not judged dead before, milliseconds since 1970. */
  readonly until: number;
  /** What stands against judging it dead, whatever the time; undefined for nothing. */
  readonly obstacle: string | undefined;
  /** Its time is over and nothing stands against it. */
  readonly dead: boolean;
}

/** The longest away first. A host that an operation is just making, or unmaking, a manager is not among them. */
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
      const obstacle = obstacleTo(input, nodes, machine, until);
      return { ...machine, since, until, obstacle, dead: obstacle === undefined && input.now >= until };
    })
    .sort((a, b) => a.since - b.since);
}

/** No part of it answers. A learner that has not started yet is somebody's work in progress. */
const isSilent = ({ member, swarmNode }: RaftMachine): boolean =>
  (member === undefined || !member.healthy) && (swarmNode === undefined || swarmNode.manager?.reachable !== true);

/** When both rafts were asked; their silence took up to a second to be one. */
const observedAt = ({ now, swarm, etcd, watchedSince }: PlanInput): number =>
  Math.max(watchedSince, Math.min(now, ...[swarm, etcd].map(seen => (seen.known ? seen.at : now))));

/** From the last report, unless that is from before this controller began to watch: it may have been back since. */
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

function obstacleTo(
  { now, spec }: PlanInput,
  nodes: readonly Node[],
  { node, ref }: RaftMachine,
  until: number,
): string | undefined {
  if (!spec.remediation.enabled) return "spec/remediation/enabled is false";
  if (node && spec.nodes[node.id]?.paused) return `spec/nodes/${node.id}/paused is true`;
  // A lease takes its time to run out: only one that outlasts the grace speaks for life. Also by its address, where the
  // machine belongs to no host that we know.
  if (now < until) return undefined;
  if (node?.registration || nodes.some(other => other.registration?.address === ref.address))
    return "its agent is still registered";
  return undefined;
}
