// The one object behind `swarmkeeper status`: `-o json` prints it as it is, the table is drawn from it and from nothing
// else. Its shape is an interface for scripts: fields are added, never renamed.
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
  /** How many must be healthy for any decision. */
  needed: z.int(),
  /** How many more may fail. */
  canLose: z.int(),
  leader: z.string().optional(),
});

const swarmNode = ClusterStatus.shape.swarm.shape.nodes.element.shape;

const NodeView = z.object({
  /** Empty for a swarm node or etcd member that belongs to no registered host. */
  id: z.string(),
  name: z.string(),
  address: z.string(),
  role: z.enum(["manager", "worker", "unknown"]),
  /** Absent where it is in no swarm. */
  swarm: z
    .object({
      /** As the swarm calls its node; before it has one, as its own engine says. */
      state: z.enum([...swarmNode.state.options, ...NodeStatus.shape.swarm.shape.state.options]),
      availability: swarmNode.availability.optional(),
      manager: swarmNode.manager,
      drained: Drained.optional(),
    })
    .optional(),
  /** `leader voter learner down` of a member, `proxy` or `down` of a proxy, `-` for none. */
  etcd: z.string(),
  /** `gone` once its registration has ended. */
  phase: z.enum(["registered", "bootstrapping", "applying", "running", "rejected", "gone", "unmanaged"]),
  /** What the host waits for, or why it is refused. */
  message: z.string().optional(),
  units: z.object({
    wanted: z.int(),
    active: z.int(),
    /** Those that are not active, in start order. */
    down: z.array(
      z.object({
        name: z.string(),
        state: z.string(),
        restarts: z.int(),
        /** As its agent reports it; absent where it has reported none. */
        problem: UnitProblem.optional(),
      }),
    ),
  }),
  /** Since when it is registered (RFC 3339, UTC). */
  since: z.string().optional(),
  version: z.string().optional(),
  docker: z.string().optional(),
  etcdVersion: z.string().optional(),
});
export type NodeView = z.infer<typeof NodeView>;

export const StatusView = z.object({
  /** A controller leads, everything is as the spec wants it, and nothing is under way. */
  ready: z.boolean(),
  /** Why not ready, most important first; empty when ready. */
  reasons: z.array(z.string()),
  managers: z.object({ wanted: z.int(), now: z.int() }).optional(),
  leader: z.object({ name: z.string(), since: z.string(), version: z.string() }).optional(),
  swarm: quorum.extend({ id: z.string() }).optional(),
  etcd: quorum.extend({ cluster: z.string(), learners: z.int() }).optional(),
  nodes: z.array(NodeView),
  /** Absent while no manager runs Vault or is to. */
  vault: VaultView.pick({ servers: true, serving: true, active: true }).optional(),
  /** Spec values that are not in force. */
  rejected: z.array(
    z.object({
      path: z.string(),
      /** Where in the value, counted from 1, when it has lines. */
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
      kind: z.enum(["promote", "demote", "remove"]),
      name: z.string(),
      step: Operation.shape.step,
      reason: z.string(),
      startedAt: z.string(),
      deadline: z.string(),
      rollingBack: z.boolean(),
      /** The manager, judged dead, whose place it takes. */
      replaces: z.string().optional(),
    })
    .optional(),
  /** What an operator must know, as the leader reports it. */
  conditions: z.array(Condition),
  /** Values under the prefix that no program of ours can have written. */
  problems: z.array(z.object({ path: z.string(), message: z.string(), expected: z.string() })),
});
export type StatusView = z.infer<typeof StatusView>;
