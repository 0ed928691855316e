// The agent's state on disk (mode 0600), so that a node starts again as what it was without asking another node.
// A note precedes its action if a repeated action would do harm, and follows it if an omitted action would.
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { Assignment, EtcdPeer } from "../../crd-like-specs/resources/assignment.ts";
import { Drift } from "../../crd-like-specs/resources/node-status.ts";
import { member, swarmNode } from "../../crd-like-specs/resources/shapes.ts";
import type { Host } from "../../drivers/host/port.ts";

export const STATE_FOLDER = "/var/lib/swarmkeeper";
export const STATE_PATH = `${STATE_FOLDER}/state.json`;
export const ETCD_DATA = `${STATE_FOLDER}/etcd`;

/** What etcd is on this node. Its presence marks the data directory as the agent's. Without it, the data is unknown. */
const EtcdOnDisk = z.discriminatedUnion("mode", [
  z.object({
    mode: z.literal("member"),
    /** The node's address when it became a member: etcd binds a member to it. */
    address: z.string(),
    initial: z.enum(["new", "existing"]),
    initialCluster: z.array(EtcdPeer),
    /** Known from the assignment, or once the member has answered. */
    member: member.optional(),
    cluster: member.optional(),
    /** True once it has answered. From then on an empty data directory means lost data. */
    started: z.boolean(),
  }),
  z.object({
    mode: z.literal("proxy"),
    endpoints: z.array(z.string()),
    /** The member whose removal is confirmed and whose data must still be wiped. */
    wipe: member.optional(),
  }),
]);
export type EtcdOnDisk = z.infer<typeof EtcdOnDisk>;
export type MemberOnDisk = Extract<EtcdOnDisk, { mode: "member" }>;

/** The file and settings that a unit was last started with. */
const UnitNote = z.object({
  /** The hash of its file's text; absent if the agent did not write the file. */
  file: z.string().optional(),
  /** The hash of its settings; absent if the unit has none. */
  settings: z.string().optional(),
  /** The boot id of that start. */
  boot: z.string(),
  /**
   * Absent once it has been started. `stopping`: the agent stops it or has stopped it. `starting`: its files are in
   * place and the start follows, so that it runs this text if it began after `at`. `finishing`: a oneshot that has
   * not ended.
   */
  phase: z.enum(["stopping", "starting", "finishing"]).optional(),
  /** Milliseconds since 1970. */
  at: z.number().optional(),
});
export type UnitNote = z.infer<typeof UnitNote>;

const AgentState = z.object({
  etcd: EtcdOnDisk.optional(),
  /** Client URLs of the voters, as last assigned. */
  endpoints: z.array(z.string()).default([]),
  assignment: Assignment.optional(),
  /** The swarm that this node joins or has joined, written before it joins; `node` once it is in. */
  swarm: z.object({ id: z.string(), node: swarmNode.optional() }).optional(),
  /** The swarm node ids with which this node has left the swarm cleanly, newest last. */
  left: z.array(swarmNode).default([]),
  /** The units that the agent runs, in order, written before they run: it stops those that are no longer listed. */
  units: z.array(z.string()).default([]),
  /** By unit, written after the start. */
  started: z.record(z.string(), UnitNote).default({}),
  /** Units whose file in systemd's folder the agent wrote: it removes only those. */
  written: z.array(z.string()).default([]),
  /** The last manual changes that the agent reverted, oldest first. */
  drift: z.array(Drift).default([]),
});
export type AgentState = z.infer<typeof AgentState>;

export interface Store {
  state(): AgentState;
  /**
   * Applies the change after all earlier ones. Resolves when it is on disk. Rejects when the disk cannot be written.
   */
  update(change: (state: AgentState) => AgentState): Promise<void>;
}

/** The state file exists and cannot be parsed. A wrong guess about this node could cost a raft its data. */
export class StateError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "StateError";
  }
}

/** Reads the state file. A new node has an empty state. StateError when the file cannot be parsed. */
export async function openStore(host: Host): Promise<Store> {
  let state = parse(await host.read(STATE_PATH));
  let last: Promise<void> = Promise.resolve();
  return {
    state: () => state,
    update(change) {
      const write = async () => {
        const next = change(state);
        if (isDeepStrictEqual(next, state)) return;
        await host.write(STATE_PATH, `${JSON.stringify(next, undefined, 2)}\n`, 0o600);
        state = next;
      };
      const done = last.then(write);
      last = done.catch(() => undefined);
      return done;
    },
  };
}

function parse(text: string | undefined): AgentState {
  if (text === undefined) return AgentState.parse({});
  const remedy = `restore it, or, if you need nothing on this node, remove all of ${STATE_FOLDER}`;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new StateError(`${STATE_PATH} is not JSON; ${remedy}`, { cause });
  }
  const read = AgentState.safeParse(json);
  if (read.success) return read.data;
  throw new StateError(`${STATE_PATH} is not a valid state of this agent: ${z.prettifyError(read.error)}; ${remedy}`, {
    cause: read.error,
  });
}
