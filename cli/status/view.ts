// The object behind `swarmkeeper status`. `-o json` prints it unchanged, and the table shows nothing else. Scripts depend
// on its shape: fields are added, never renamed.
import { z } from "zod";
import { ClusterStatus, Drained } from "../../crd-like-specs/resources/cluster-status.ts";
import { Condition } from "../../crd-like-specs/resources/condition.ts";
import { Operation } from "../../crd-like-specs/resources/membership.ts";
import { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import { Waiting } from "../../crd-like-specs/resources/shapes.ts";
import { UnitProblem } from "../../crd-like-specs/resources/unit-problem.ts";
import { VaultView } from "../vault/view.ts";

const quorum = z.object({
  voters: z.int(),
  healthy: z.int(),
  /** How many voters must be healthy for a write. */
  needed: z.int(),
  /** How many more voters may fail. */
  canLose: z.int(),
  leader: z.string().optional(),
});

const swarmNode = ClusterStatus.shape.swarm.shape.nodes.element.shape;

const NOT_READY_REASONS = [
  "NoNodes",
  "NoSwarm",
  "NoLeader",
  /** A controller leads and has not reported yet. */
  "NotReported",
  "OperationInProgress",
  /** The number of managers differs from the spec. */
  "ManagerCount",
  /** A manager is unhealthy, or a registered node has not applied its assignment. */
  "NotConverged",
] as const;

const NodeView = z.object({
  /** Empty for a swarm node or etcd member without a registered agent. */
  id: z.string(),
  name: z.string(),
  address: z.string(),
  role: z.enum(["manager", "worker", "unknown"]),
  /** Absent if it is in no swarm. */
  swarm: z
    .object({
      /** The state of its swarm node; before it has one, the state that its engine reports. */
      state: z.enum([...swarmNode.state.options, ...NodeStatus.shape.swarm.shape.state.options]),
      availability: swarmNode.availability.optional(),
      manager: swarmNode.manager,
      drained: Drained.optional(),
    })
    .optional(),
  /** `leader voter learner down` of a member, `proxy` or `down` of a proxy, `-` for none. */
  etcd: z.string(),
  /** `gone`: its registration has expired or was deleted. */
  phase: z.enum(["registered", "bootstrapping", "applying", "running", "rejected", "gone", "unmanaged"]),
  /** What the node waits for, or why its agent rejects it. */
  message: z.string().optional(),
  units: z.object({
    wanted: z.int(),
    active: z.int(),
    /** The units that are not active, in start order. */
    down: z.array(
      z.object({
        name: z.string(),
        state: z.string(),
        restarts: z.int(),
        /** Absent if the agent has reported none. */
        problem: UnitProblem.optional(),
      }),
    ),
  }),
  /** When it registered (RFC 3339, UTC). */
  since: z.string().optional(),
  version: z.string().optional(),
  docker: z.string().optional(),
  etcdVersion: z.string().optional(),
});
export type NodeView = z.infer<typeof NodeView>;

export const StatusView = z.object({
  /** A controller leads, the cluster matches the spec, and no operation is in progress. */
  ready: z.boolean(),
  /** Why the cluster is not ready, most important first; empty if it is ready. */
  notReady: z.array(z.object({ reason: z.enum(NOT_READY_REASONS), message: z.string() })),
  managers: z.object({ wanted: z.int(), now: z.int() }).optional(),
  leader: z.object({ name: z.string(), since: z.string(), version: z.string() }).optional(),
  swarm: quorum.extend({ id: z.string() }).optional(),
  etcd: quorum.extend({ cluster: z.string(), learners: z.int() }).optional(),
  nodes: z.array(NodeView),
  /** Absent if no manager runs Vault or is assigned one. */
  vault: VaultView.pick({ servers: true, serving: true, active: true }).optional(),
  /** Spec values that are not in effect. */
  rejected: z.array(
    z.object({
      path: z.string(),
      /** The place in the value, counted from 1, if it has lines. */
      line: z.int().optional(),
      column: z.int().optional(),
      value: z.string(),
      at: z.string(),
      reason: z.string(),
      expected: z.string(),
      effective: z.string(),
    }),
  ),
  waiting: z.array(Waiting),
  operation: z
    .object({
      /** `operation` of its events. */
      id: z.string(),
      kind: Operation.shape.kind,
      name: z.string(),
      step: Operation.shape.step,
      reason: z.string(),
      startedAt: z.string(),
      deadline: z.string(),
      rollingBack: z.boolean(),
      /** Name of the dead manager that it replaces. */
      replaces: z.string().optional(),
    })
    .optional(),
  /** As the leader reports them. */
  conditions: z.array(Condition),
  /** Values under the prefix that are not valid, so that no program can read them. */
  problems: z.array(z.object({ path: z.string(), message: z.string(), expected: z.string() })),
});
export type StatusView = z.infer<typeof StatusView>;
