// The shapes of the engine's answers, validated at the border, and their translation into the port's types.
import { z } from "zod";
import { swarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import { readable } from "./errors.ts";
import type { EngineInfo, SwarmNode } from "./port.ts";

export const wireVersion = z.object({ ApiVersion: z.string(), MinAPIVersion: z.string().default("1.12") });

export const wireInfo = z.object({
  ServerVersion: z.string(),
  Name: z.string(),
  Swarm: z.object({
    NodeID: z.string(),
    LocalNodeState: z.enum(["inactive", "pending", "active", "error", "locked"]),
    ControlAvailable: z.boolean(),
    Error: z.string(),
    RemoteManagers: z.array(z.object({ Addr: z.string() })).nullish(),
    Cluster: z.object({ ID: z.string() }).nullish(),
  }),
});

export const wireSwarm = z.object({ ID: z.string().min(1), JoinTokens: z.object({ Worker: z.string().min(1) }) });

export const wireNode = z.object({
  ID: z.string().min(1),
  Spec: z.object({
    Role: z.enum(["manager", "worker"]),
    Availability: z.enum(["active", "pause", "drain"]),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
  // Absent until the node has connected for the first time.
  Description: z
    .object({
      Hostname: z.string().default(""),
      Engine: z.object({ EngineVersion: z.string().default("") }).default({ EngineVersion: "" }),
    })
    .default({ Hostname: "", Engine: { EngineVersion: "" } }),
  Status: z.object({ State: z.enum(["ready", "down", "unknown", "disconnected"]), Addr: z.string().default("") }),
  ManagerStatus: z
    .object({ Leader: z.boolean().default(false), Reachability: z.string().default(""), Addr: z.string().default("") })
    .nullish(),
});

/** What an update needs: the version that it replaces and the whole spec. Unknown fields are sent back unchanged. */
export const wireNodeForUpdate = z.object({
  Version: z.object({ Index: z.number() }),
  Spec: z.looseObject({
    Role: z.enum(["manager", "worker"]),
    Availability: z.string().optional(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
});
export type NodeSpec = z.infer<typeof wireNodeForUpdate>["Spec"];

/** Label of a node that swarmkeeper drained. Its value is the availability from before. */
const DRAINED = "swarmkeeper.drained";

/** The spec of a node with our drain added or removed. Undefined if there is nothing to change. */
export function withDrained(spec: NodeSpec, drained: boolean): NodeSpec | undefined {
  const { [DRAINED]: before, ...labels } = spec.Labels ?? {};
  if (drained) {
    if (spec.Availability === "drain") return undefined;
    return { ...spec, Availability: "drain", Labels: { ...labels, [DRAINED]: spec.Availability ?? "active" } };
  }
  if (before === undefined) return undefined;
  const back = before === "pause" ? "pause" : "active";
  // If an operator has changed the availability in the meantime, it stays.
  return { ...spec, Availability: spec.Availability === "drain" ? back : spec.Availability, Labels: labels };
}

export const wireTasks = z.array(z.object({ Status: z.object({ State: z.string() }) }));

const ENDED = ["complete", "shutdown", "failed", "rejected", "remove", "orphaned"];

export const unended = (tasks: z.infer<typeof wireTasks>): number =>
  tasks.filter(({ Status }) => !ENDED.includes(Status.State)).length;

export function toInfo(wire: z.infer<typeof wireInfo>, apiVersion: string): EngineInfo {
  const { Swarm: swarm } = wire;
  // Without a raft leader a manager still reports ControlAvailable, but cannot name its cluster.
  const cluster = swarm.Cluster?.ID || undefined;
  return {
    version: wire.ServerVersion,
    apiVersion,
    hostname: wire.Name,
    swarm: {
      state: stateOf(swarm),
      node: swarm.NodeID === "" ? undefined : swarmNodeId(swarm.NodeID),
      control: swarm.ControlAvailable && cluster !== undefined,
      cluster,
      error: readable(swarm.Error),
      // The engine lists them in another order each time.
      remoteManagers: (swarm.RemoteManagers ?? []).map(manager => manager.Addr).sort(),
    },
  };
}

/**
 * If a manager's first start failed and docker's own second attempt succeeded, the manager reports "error" for ever,
 * without an error text (observed with docker 26.1). Its node id and its known managers show that it is in its swarm.
 */
function stateOf({ LocalNodeState, NodeID, Error: error, RemoteManagers }: z.infer<typeof wireInfo>["Swarm"]) {
  const recovered = LocalNodeState === "error" && error === "" && NodeID !== "" && (RemoteManagers ?? []).length > 0;
  return recovered ? "active" : LocalNodeState;
}

export function toNode(wire: z.infer<typeof wireNode>): SwarmNode {
  const manager = wire.ManagerStatus ?? undefined;
  return {
    id: swarmNodeId(wire.ID),
    hostname: wire.Description.Hostname,
    address: addressOf(wire.Status.Addr, manager?.Addr),
    engineVersion: wire.Description.Engine.EngineVersion,
    role: wire.Spec.Role,
    availability: wire.Spec.Availability,
    drained: wire.Spec.Labels?.[DRAINED] !== undefined,
    state: wire.Status.State,
    manager: manager && {
      leader: manager.Leader,
      reachable: manager.Reachability === "reachable",
      address: manager.Addr,
    },
  };
}

/** Some engines report a manager's own address as 0.0.0.0. Its raft address is the one that others use. */
function addressOf(status: string, raft: string | undefined): string {
  if (status !== "" && status !== "0.0.0.0") return status;
  return raft?.replace(/:\d+$/, "") ?? "";
}
