// Whether one becomes a manager or ceases to be one, and who, with the reason in words: the choice is shown before it
// is made. Dead managers are not chosen here: replace.ts.
import type { NodeId } from "../../../crd-like-specs/resources/ids.ts";
import { isHealthyManager, isManager, isPartlyManager, type Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";
import { bestOf, type Candidate, preferenceIn } from "./candidates.ts";

export type Choice =
  | { readonly kind: "promote" | "demote"; readonly node: Node; readonly why: string }
  | Extract<Candidate, { kind: "nobody" }>
  | { readonly kind: "enough" };

/** What brings the managers one step nearer to the wanted number; half-made ones are completed or removed first. */
export function choose(world: World): Choice {
  const wanted = world.input.spec.managers;
  const { managers } = world;
  if (managers.length > wanted) return chooseDemotion(world, managers);
  if (managers.length < wanted || managers.some(node => !isManager(node))) return choosePromotion(world, managers);
  return { kind: "enough" };
}

function choosePromotion(world: World, managers: readonly Node[]): Choice {
  const halfMade = managers.filter(node => !isManager(node));
  // A half-made manager counts already: only when none is left does another host come in.
  const pool = halfMade.length > 0 ? halfMade : world.nodes.filter(node => !isPartlyManager(node));
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
    (a, b) => rank(a) - rank(b) || -preference(a, b), // the last to be chosen is the first to go
  );
  if (!first)
    return {
      kind: "nobody",
      reasons: managers.map(node => `${node.name}: leads the swarm or is paused`),
      until: undefined,
    };
  return { kind: "demote", node: first, why: whyDemote(first, world.input.self) };
}

/** Half-made and unhealthy ones go first, leaders last. */
const demotionRank = (self: NodeId) => (node: Node) => {
  if (!isManager(node)) return 0;
  if (!isHealthyManager(node)) return 1;
  if (node.id === self) return 4;
  if (node.member?.leader) return 3;
  return 2;
};

function whyDemote(node: Node, self: NodeId): string {
  if (!isManager(node)) return "is only half a manager";
  if (!isHealthyManager(node)) return "is not healthy";
  if (node.id === self) return "does not lead the swarm";
  if (node.member?.leader) return "does not lead the swarm; etcd's leadership moves first";
  return "leads nothing";
}
