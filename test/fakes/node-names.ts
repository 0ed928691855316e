// The names that fake nodes and the tests of whole nodes share: keys, units and URLs.
import { keyspace } from "../../crd-like-specs/resources/keys.ts";

export const keys = keyspace();
export const MEMBER = "swarmkeeper-etcd-member.service";
export const PROXY = "swarmkeeper-etcd-proxy.service";
export const CONTROLLER = "swarmkeeper-controller.service";
export const peerUrl = (address: string) => `http://${address}:2380`;
export const clientUrl = (address: string) => `http://${address}:2379`;
