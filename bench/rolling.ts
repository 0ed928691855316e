// Measures the rollout of a new unit, ten percent of the nodes at a time: the duration of each plan and the etcd writes
// per node. The nodes are simulated.
import { chance } from "../test/sim/random.ts";
import { RollingNodes } from "../test/sim/rolling-nodes.ts";
import { percentile } from "./percentile.ts";

export interface RollingMeasure {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly writesAHost: number;
}

/** Measures a rollout over this number of workers. Throws if the rollout does not end. */
export function measureRolling(workers: number): RollingMeasure {
  const world = new RollingNodes(workers, chance(1), { maxUnavailable: { percent: 10 } });
  const settled = () => world.settled();
  world.until(settled);
  const { writes } = world;
  world.planMs.length = 0;
  world.put("worker", ["web.service"], { "web.service": "[Service]\nExecStart=/bin/web\n" });
  world.until(settled);
  return {
    p50Ms: percentile(world.planMs, 50),
    p99Ms: percentile(world.planMs, 99),
    writesAHost: (world.writes - writes) / workers,
  };
}
