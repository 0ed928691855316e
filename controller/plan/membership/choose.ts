// Chooses the node to promote or demote, with a human-readable reason, so that the plan shows the choice before it is
// made. Dead managers are handled in replace.ts.
import type { NodeId } from "../../../crd-like-specs/resources/ids.ts";
import { isHealthyManager, isManager, isPartlyManager, type Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";
import { bestOf, type Candidate, preferenceIn } from "./candidates.ts";

export type Choice =
  | { readonly kind: "promote" | "demote"; readonly node: Node; readonly why: string }
  | Extract<Candidate, { kind: "none" }>
  | { readonly kind: "enough" };

/** The change that brings the number of managers closer to the wanted one. Partial managers come first. */
export function choose(world: World): Choice {
  const wanted = world.input.spec.managers;
  const { managers } = world;
  if (managers.length > wanted) return chooseDemotion(world, managers);
  if (managers.length < wanted || managers.some(node => !isManager(node))) return choosePromotion(world, managers);
  return { kind: "enough" };
}

function choosePromotion(world: World, managers: readonly Node[]): Choice {
  const partial = managers.filter(node => !isManager(node));
  // A partial manager counts already: another node is promoted only when there is none.
  const pool = partial.length > 0 ? partial : world.nodes.filter(node => !isPartlyManager(node));
  const best = bestOf(world, pool, { stable: false });
  return best.kind === "found" ? { ...best, kind: "promote" } : best;
}

function chooseDemotion(world: World, managers: readonly Node[]): Choice {
  const free = managers.filter(node => !world.input.spec.nodes[node.id]?.paused);
  // The swarm's leader is never demoted: with two managers that can leave none (moby#34384).
  const candidates = free.filter(node => !node.swarm?.manager?.leader);
  const rank = demotionRank(world.input.self);
  const preference = preferenceIn(world);
  const [first] = [...candidates].sort(
    (a, b) => rank(a) - rank(b) || -preference(a, b), // the reverse of a promotion's order
  );
  if (!first)
    return {
      kind: "none",
      reasons: managers.map(node => `${node.name}: leads the swarm or is paused`),
      until: undefined,
    };
  return { kind: "demote", node: first, why: whyDemote(first, world.input.self) };
}

/** Partial and unhealthy managers are demoted first, leaders last. */
const demotionRank = (self: NodeId) => (node: Node) => {
  if (!isManager(node)) return 0;
  if (!isHealthyManager(node)) return 1;
  if (node.id === self) return 4;
  if (node.member?.leader) return 3;
  return 2;
};

function whyDemote(node: Node, self: NodeId): string {
  if (!isManager(node)) return "is a partial manager";
  if (!isHealthyManager(node)) return "is not healthy";
  if (node.id === self) return "does not lead the swarm";
  if (node.member?.leader) return "does not lead the swarm; etcd's leadership moves first";
  return "leads nothing";
}
