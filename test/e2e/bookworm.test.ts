// The oldest pair that is supported: docker 20.10 and etcd 3.4. Its engines cannot be promoted once the manager that they
// joined at is none any more (moby#37175): the way down to one manager and back, and a death, both lead there.
import { describe, it } from "vitest";
import { becomesACluster, followsManagers } from "./chapters.ts";
import { leaders } from "./leaders.ts";
import { replacing } from "./replacing.ts";
import { labStory } from "./story.ts";
import { put } from "./swarm.ts";

const story = labStory("bookworm");

becomesACluster(story);
followsManagers(story);

describe("the swarm's leader dies", () => {
  const { witnessBesides, untilReplaced, untilWorker, runService } = replacing(story);

  it("and is replaced, although the engine that takes its place has to join anew", async () => {
    const first = await witnessBesides();
    await put(first, "remediation/grace-seconds", "15");
    await runService(first);
    const dead = story.host((await leaders(story.hosts(), first)).swarm);
    const witness = await witnessBesides(dead.name);
    await dead.kill();
    await untilReplaced(witness, dead.name);
    await dead.start();
    await untilWorker(witness, dead);
  });
});
