// The proof that must be had before docker is made to forget its swarm: the leader's word that the node is removed, read
// from a quorum at that moment. Silence is no proof, and an assignment on the disk is only a reason to ask.
import type { SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import { parseResource } from "../../crd-like-specs/resources/parse-resource.ts";
import type { EngineInfo } from "../../drivers/docker/port.ts";
import type { ConnectedAgent } from "../context.ts";
import { nodeHere } from "./decide.ts";

/** The removed node that this host's assignment names, where docker is still that node. EtcdError when no quorum answers. */
export async function confirmRemoved(
  { etcd, keys, self, store }: Pick<ConnectedAgent, "etcd" | "keys" | "self" | "store">,
  engine: EngineInfo["swarm"],
): Promise<SwarmNodeId | undefined> {
  const { assignment, swarm } = store.state();
  const node = nodeHere({ engine, noted: swarm });
  if (node === undefined || assignment?.swarmRemoved !== node) return undefined;
  const key = keys.assignments.of(self.id);
  const kv = await etcd.kv.get(key);
  const read = kv && parseResource("Assignment", key, kv.value);
  return read?.ok && read.value.swarmRemoved === node ? node : undefined;
}
