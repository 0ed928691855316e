// What the agent keeps on the host's disk (0600), so that a host starts again what it was without asking anyone.
// Everything is noted before it is done where doing it twice would hurt, and after it where not doing it would.
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { Assignment, EtcdPeer } from "../../crd-like-specs/resources/assignment.ts";
import { Drift } from "../../crd-like-specs/resources/node-status.ts";
import { member, swarmNode } from "../../crd-like-specs/resources/shapes.ts";
import type { Host } from "../../drivers/host/port.ts";

export const STATE_FOLDER = "/var/lib/swarmkeeper";
export const STATE_PATH = `${STATE_FOLDER}/state.json`;
export const ETCD_DATA = `${STATE_FOLDER}/etcd`;

/** What etcd is on this host. Its presence is our stamp on the data directory: without it the data is someone else's. */
const EtcdOnDisk = z.discriminatedUnion("mode", [
  z.object({
    mode: z.literal("member"),
    /** The host's address when it became a member: etcd binds a member to it. */
    address: z.string(),
    initial: z.enum(["new", "existing"]),
    initialCluster: z.array(EtcdPeer),
    /** Known from the assignment, or once the member has answered. */
    member: member.optional(),
    cluster: member.optional(),
    /** True once it has answered: from then on an empty data directory is lost data and never a beginning. */
    started: z.boolean(),
  }),
  z.object({
    mode: z.literal("proxy"),
    endpoints: z.array(z.string()),
    /** The proven-removed member whose data is still to be wiped. */
    wipe: member.optional(),
  }),
]);
export type EtcdOnDisk = z.infer<typeof EtcdOnDisk>;
export type MemberOnDisk = Extract<EtcdOnDisk, { mode: "member" }>;

/** What a unit was last started with. */
const UnitNote = z.object({
  /** The hash of its file's text; absent where the file is the host's own. */
  file: z.string().optional(),
  /** The hash of the settings, of one that has any. */
  settings: z.string().optional(),
  /** The boot of the host in which that was. */
  boot: z.string(),
  /**
   * Absent once it has been started. `stopping`: we stop it, or have. `starting`: everything lies ready and it is about
   * to be started, so that from `at` on it runs this text if it runs. `finishing`: a oneshot that runs and has not ended.
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
  /** The swarm that this host joins or has joined, noted before joining; `node` once it is in. */
  swarm: z.object({ id: z.string(), node: swarmNode.optional() }).optional(),
  /** Swarm ids that this host has left in good order, newest last. */
  left: z.array(swarmNode).default([]),
  /** The units that we run, in their order, noted before they are: those no longer listed are stopped by it. */
  units: z.array(z.string()).default([]),
  /** By unit, noted after the start. */
  started: z.record(z.string(), UnitNote).default({}),
  /** Units whose file in systemd's folder is our writing: only those are taken away. */
  written: z.array(z.string()).default([]),
  /** The last few things that somebody changed by hand and that were put back, oldest first. */
  drift: z.array(Drift).default([]),
});
export type AgentState = z.infer<typeof AgentState>;

export interface Store {
  state(): AgentState;
  /** Changes are written one after the other; resolves when the change is on disk. */
  update(change: (state: AgentState) => AgentState): Promise<void>;
}

/** The state file is there and cannot be understood. Guessing what this host was could cost a raft its data. */
export class StateError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "StateError";
  }
}

/** Reads the state file, empty on a new host. StateError when it cannot be understood. */
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
  const remedy = `restore it, or, when nothing on this host is to be kept, remove ${STATE_FOLDER} altogether`;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new StateError(`${STATE_PATH} is not JSON; ${remedy}`, { cause });
  }
  const read = AgentState.safeParse(json);
  if (read.success) return read.data;
  throw new StateError(`${STATE_PATH} is not a state of this agent: ${z.prettifyError(read.error)}; ${remedy}`, {
    cause: read.error,
  });
}
