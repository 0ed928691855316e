// The steps that change the swarm or its record. Each runs under the bootstrap lock.
import type { Held } from "../../coordination/lock.ts";
import type { SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import { DockerError } from "../../drivers/docker/port.ts";
import type { KeyValue } from "../../drivers/etcd/port.ts";
import type { ConnectedAgent } from "../context.ts";
import type { SwarmAct } from "./decide.ts";
import { announce, complete, managersOf } from "./record.ts";

/** The engine joins in the background. The agent watches it for this time while it holds the lock. */
const JOIN_MS = 60_000;

/** Takes one step. `at`: the record that the step was decided by. DockerError or EtcdError when it fails. */
export async function act(agent: ConnectedAgent, lock: Held, step: SwarmAct, at: KeyValue | undefined): Promise<void> {
  const { docker, self, log } = agent;
  switch (step.do) {
    case "announce":
      return announce(agent, lock.kv);
    case "init":
      log.info({ topic: "swarm", address: self.address }, "this node makes the swarm");
      await docker.initSwarm({ advertiseAddress: self.address });
      return;
    case "give-up":
      log.warn({ topic: "swarm" }, "no manager has answered the join: this node starts it again");
      return docker.leaveSwarm({ force: true });
    case "forget-swarm":
      return forget(agent, step.node);
    case "complete":
      if (at) await complete(agent, lock.kv, at);
      return;
    case "join":
      return join(agent, lock, step);
  }
}

/** The note on disk is removed last: until docker has left, only the note may identify the swarm node. */
async function forget({ docker, store, log }: ConnectedAgent, node: SwarmNodeId): Promise<void> {
  log.warn({ topic: "swarm", node }, "the swarm has removed this node: docker leaves it and joins again");
  await docker.leaveSwarm({ force: true });
  await store.update(({ swarm: _, ...state }) => state);
}

async function join(agent: ConnectedAgent, lock: Held, step: Extract<SwarmAct, { do: "join" }>): Promise<void> {
  const { docker, etcd, keys, self, store, report } = agent;
  const token = (await etcd.kv.get(keys.workerToken))?.value;
  if (token === undefined) throw new Error(`the key ${keys.workerToken} does not exist; the leader writes it again`);
  const remotes = (await managersOf(agent, step.managers)).filter(remote => remote !== `${self.address}:2377`);
  if (remotes.length === 0) throw new Error("no other manager of the swarm is known");
  // Written to disk first: a worker cannot find out later which swarm it is in.
  await store.update(state => ({ ...state, swarm: { id: step.swarm } }));
  lock.signal.throwIfAborted();
  const text = `joins the swarm at ${remotes.join(", ")}`;
  report.setMessage("swarm", { kind: "waiting", reason: "SwarmJoining", text });
  try {
    await docker.joinSwarm({ remotes, token, advertiseAddress: self.address });
  } catch (error) {
    if (!(error instanceof DockerError) || error.kind !== "join-pending") throw error;
    await joinedInTime(agent, lock);
  }
}

async function joinedInTime({ docker, clock }: ConnectedAgent, lock: Held): Promise<void> {
  const deadline = clock.monotonic() + JOIN_MS;
  for (let state = "pending"; state === "pending" && clock.monotonic() < deadline; ) {
    await clock.sleep(500, lock.signal);
    state = (await docker.info()).swarm.state;
  }
}
