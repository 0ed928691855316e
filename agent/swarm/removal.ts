// The proof that is needed before docker leaves its swarm by force: the leader's assignment with the removed node, read
// from a quorum at that moment. A missing answer proves nothing. An assignment on disk is only a reason to ask.
import type { SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import { parseResource } from "../../crd-like-specs/resources/parse-resource.ts";
import type { EngineInfo } from "../../drivers/docker/port.ts";
import type { ConnectedAgent } from "../context.ts";
import { nodeHere } from "./decide.ts";

/**
 * The removed swarm node in this node's assignment, if docker is still that swarm node; undefined otherwise. EtcdError
 * when no quorum answers.
 */
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
