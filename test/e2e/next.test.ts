// The newest pair: Docker 28 and etcd 3.6.

import { labScenario } from "./lab-scenario.ts";
import { becomesACluster, followsManagers } from "./shared-scenarios.ts";

const scenario = labScenario("next");

becomesACluster(scenario);
followsManagers(scenario);
