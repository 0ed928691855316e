// A new unit on a thousand hosts, ten percent at a time: what the planner takes for each pass, and what etcd is asked to
// write for each host. The hosts are the simulation's.
import { chance } from "../test/sim/random.ts";
import { RollingHosts } from "../test/sim/rolling-hosts.ts";
import { percentile } from "./percentile.ts";

export interface RollingMeasure {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly writesAHost: number;
}

export function measureRolling(workers: number): RollingMeasure {
  const world = new RollingHosts(workers, chance(1), { maxUnavailable: { percent: 10 } });
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
