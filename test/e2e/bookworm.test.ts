// The oldest pair that is supported: docker 20.10 and etcd 3.4.
import { becomesACluster, followsManagers } from "./chapters.ts";
import { labStory } from "./story.ts";

const story = labStory("bookworm");

becomesACluster(story);
followsManagers(story);
