// The swarm record in etcd: which swarm is the cluster's, where new nodes join it, and with what token.

import { same } from "../../crd-like-specs/resources/same.ts";
import { hostOf } from "../../crd-like-specs/urls.ts";

import type { World } from "../state/world.ts";
import type { Action } from "./actions.ts";

/** Human-readable: that this engine's swarm is not the recorded one; undefined where it is. */
export function unknownSwarm({ input: { swarmRecord }, swarm }: World): string | undefined {
  if (swarmRecord?.state === "ready" && swarmRecord.id !== swarm.id)
    return `this engine is a manager of swarm ${swarm.id}, but the cluster's swarm is ${swarmRecord.id}`;
  return undefined;
}

/** Writes for the record and the worker token, where they differ from the swarm. */
export function planSwarmRecord({ input, swarm }: World): Action[] {
  const managers = swarm.nodes
    .flatMap(swarmNode => (swarmNode.manager?.reachable ? [swarmNode.manager.address] : []))
    .filter(address => hostOf(`tcp://${address}`) !== "0.0.0.0")
    .sort();
  const record = { state: "ready" as const, id: swarm.id, managers };
  const actions: Action[] = [];
  if (managers.length > 0 && !same(input.swarmRecord, record)) actions.push({ type: "write-swarm-record", record });
  if (swarm.workerToken !== input.workerToken) actions.push({ type: "write-worker-token", token: swarm.workerToken });
  return actions;
}
