// The newest: docker 28 and etcd 3.6.
import { becomesACluster, followsManagers } from "./chapters.ts";
import { labStory } from "./story.ts";

const story = labStory("next");

becomesACluster(story);
followsManagers(story);
