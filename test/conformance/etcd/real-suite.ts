// The complete suite against a real etcd of one version. Each version has a test file, so that versions run in
// parallel.
import type { EtcdVersion } from "../../fixtures/etcd/build.ts";
import { faults } from "./faults.ts";
import { keys } from "./keys.ts";
import { growing, unhealthy } from "./membership.ts";
import { quorum } from "./quorum.ts";
import { realEtcd } from "./real.ts";
import { onCluster } from "./suite.ts";

/** Registers all topics of the suite for this version. */
export function testRealEtcd(version: EtcdVersion): void {
  const make = realEtcd(version);
  onCluster(`etcd ${version}: keys`, make, 1, keys);
  onCluster(`etcd ${version}: faults`, make, 1, faults);
  onCluster(`etcd ${version}: quorum`, make, 3, quorum);
  onCluster(`etcd ${version}: growing`, make, 1, growing);
  onCluster(`etcd ${version}: unhealthy`, make, 3, unhealthy);
}
