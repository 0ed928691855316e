// The newest pair: Docker 28 and etcd 3.6.
import { becomesACluster, followsManagers } from "./chapters.ts";
import { labScenario } from "./story.ts";

const scenario = labScenario("next");

becomesACluster(scenario);
followsManagers(scenario);
