import { describe, expect, it } from "vitest";
import { afterAdding, afterRemoving, canLose, hasQuorum, mayAdd, mayRemove, needed } from "./arithmetic.ts";

const rafts = Array.from({ length: 9 }, (_, voters) =>
  Array.from({ length: voters + 1 }, (_, healthy) => ({ voters, healthy })),
).flat();

describe("quorum arithmetic, over every raft of up to 8 voters", () => {
  it("requires more than half of all voters", () => {
    for (const { voters } of rafts) {
      expect(needed(voters) * 2).toBeGreaterThan(voters);
      expect((needed(voters) - 1) * 2).toBeLessThanOrEqual(voters);
    }
  });

  it("has a quorum exactly if it can lose zero or more voters", () => {
    for (const raft of rafts.filter(raft => raft.voters > 0)) expect(hasQuorum(raft)).toBe(canLose(raft) >= 0);
    expect(hasQuorum({ voters: 0, healthy: 0 })).toBe(false);
  });

  it("allows no removal that loses the quorum", () => {
    for (const raft of rafts) {
      for (const healthy of [true, false]) {
        if (healthy ? raft.healthy === 0 : raft.healthy === raft.voters) continue;
        const allowed = mayRemove(raft, healthy);
        const after = afterRemoving(raft, healthy);
        expect(allowed, JSON.stringify({ raft, healthy })).toBe(
          hasQuorum(raft) && after.voters >= 1 && hasQuorum(after),
        );
      }
    }
  });

  it("allows a new voter only if the quorum survives its failure, or next to a single voter", () => {
    for (const raft of rafts) {
      const allowed = mayAdd(raft, false);
      if (raft.voters === 1) expect(allowed).toBe(raft.healthy === 1);
      else expect(allowed, JSON.stringify(raft)).toBe(hasQuorum(raft) && hasQuorum(afterAdding(raft, false)));
    }
  });

  it("allows the removal of a dead voter of three, and not of a healthy one", () => {
    expect(mayRemove({ voters: 3, healthy: 2 }, false)).toBe(true);
    expect(mayRemove({ voters: 3, healthy: 2 }, true)).toBe(false);
  });
});
