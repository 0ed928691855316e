// The oldest supported pair: Docker 20.10 and etcd 3.4. Its engines cannot be promoted after the manager at which they
// joined has been demoted (moby#37175). Both the change to one manager and back and the death of a manager cause that.
import { describe, it } from "vitest";
import { labScenario } from "./lab-scenario.ts";
import { leaders } from "./leaders.ts";
import { replacing } from "./replacement.ts";
import { becomesACluster, followsManagers } from "./shared-scenarios.ts";
import { put } from "./swarm.ts";

const scenario = labScenario("bookworm");

becomesACluster(scenario);
followsManagers(scenario);

describe("the swarm leader dies", () => {
  const { witnessExcept, untilReplaced, untilWorker, runService } = replacing(scenario);

  it("replaces a dead swarm leader, although the engine of its successor has to join the swarm again", async () => {
    const first = await witnessExcept();
    await put(first, "remediation/grace-seconds", "15");
    await runService(first);
    const dead = scenario.host((await leaders(scenario.hosts(), first)).swarm);
    const witness = await witnessExcept(dead.name);
    await dead.kill();
    await untilReplaced(witness, dead.name);
    await dead.start();
    await untilWorker(witness, dead);
  });
});
