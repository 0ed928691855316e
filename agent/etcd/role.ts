// Runs etcd on this node as the state on disk requires: one member or one proxy, never both, never on unclear data.

import type { EtcdPeer } from "../../crd-like-specs/resources/assignment.ts";
import type { MemberId } from "../../crd-like-specs/resources/ids.ts";
import { hostOf } from "../../crd-like-specs/urls.ts";
import type { Agent } from "../context.ts";
import { MEMBER_UNIT, PROXY_UNIT } from "../host/etcd-units.ts";
import { etcdUrls } from "../host/etcd-urls.ts";
import type { Explanation } from "../host/explanation.ts";
import { ETCD_DATA } from "../host/state.ts";
import { installUnits, isUp, stopUnit } from "../host/systemd-units.ts";
import { etcdVersion, versionProblem } from "../host/versions.ts";
import { decideEtcdStart } from "./decide.ts";
import { PeersError } from "./discovery.ts";
import { ETCD_ENV_PATH, renderEtcdEnv } from "./env.ts";
import { askPeers, findPeers } from "./peers.ts";

/** Whether etcd's data directory has any content. */
export const dataIsThere = async ({ host }: Pick<Agent, "host">): Promise<boolean> =>
  (await host.names(ETCD_DATA)).length > 0;

/**
 * Runs etcd by the state on disk, and asks the peers where that is not enough. Idempotent. Returns the client URLs of
 * the cluster, and why etcd must not run, if so. PeersError while the peers cannot be found.
 */
export async function ensureEtcd(
  agent: Agent,
): Promise<{ endpoints: readonly string[]; rejected: Explanation | undefined }> {
  const { config, self, store, log } = agent;
  const urls = etcdUrls(config.etcd);
  const rejected = await etcdProblem(agent);
  if (rejected !== undefined) return { endpoints: await knownEndpoints(agent), rejected };
  const onDisk = store.state().etcd;
  const present = await dataIsThere(agent);
  // A proxy, or a member with its data, starts again without the peers: they may all be down.
  const settled = onDisk?.mode === "proxy" || (onDisk?.mode === "member" && present);
  const peers = settled ? { first: [], endpoints: [] } : await findPeers(agent.host, config.etcd, self);
  const others = settled ? [] : [...new Set([...peers.first, ...peers.endpoints.map(hostOf)])];
  const start = decideEtcdStart({
    role: self.role,
    address: self.address,
    peerUrl: urls.peer(self.address),
    peerUrlOf: urls.peer,
    onDisk,
    dataIsThere: present,
    first: peers.first,
    endpoints: peers.endpoints,
    answers: await askPeers(
      agent.host,
      config.etcd,
      others.filter(one => one !== self.address),
    ),
  });
  switch (start.do) {
    case "reject":
      return {
        endpoints: start.endpoints.length > 0 ? start.endpoints : await knownEndpoints(agent),
        rejected: start.why,
      };
    case "found": {
      const { initialCluster } = start;
      log.info({ topic: "etcd", members: initialCluster.map(peer => peer.name) }, "starts as a first etcd member");
      await store.update(state => ({
        ...state,
        etcd: { mode: "member", address: self.address, initial: "new", initialCluster, started: false },
      }));
      break;
    }
    case "proxy":
      if (start.endpoints.length === 0) throw new PeersError("no etcd endpoint to join is known");
      log.info({ topic: "etcd", endpoints: start.endpoints }, "joins the etcd of other nodes, through a local proxy");
      await noteProxy(agent, start.endpoints);
      break;
    case "resume":
      break;
  }
  await runEtcd(agent);
  return { endpoints: await knownEndpoints(agent), rejected: undefined };
}

/** Why the etcd of this node cannot be used, or undefined. Once it is usable, it is not checked again. */
export async function etcdProblem({ host, config, versions }: Agent): Promise<Explanation | undefined> {
  if (versions.current().etcd !== "unknown") return undefined;
  const found = await etcdVersion(host, config.etcd.run);
  if ("problem" in found) return { reason: "EtcdNotInstalled", text: found.problem };
  const tooOld = versionProblem("etcd", found.version);
  if (tooOld !== undefined) return { reason: "EtcdTooOld", text: tooOld };
  versions.learn({ etcd: found.version });
  return undefined;
}

/**
 * Starts this etcd member. Writes the state first, so that an agent that crashes in between continues. The caller has
 * checked that there is no data.
 */
export async function becomeMember(agent: Agent, member: MemberId, initialCluster: readonly EtcdPeer[]): Promise<void> {
  const { self, store, log } = agent;
  log.info({ topic: "etcd", member }, "becomes an etcd member");
  await store.update(state => ({
    ...state,
    etcd: {
      mode: "member",
      address: self.address,
      initial: "existing",
      initialCluster: [...initialCluster],
      member,
      started: false,
    },
  }));
  await runEtcd(agent);
}

/** Runs a proxy to these client URLs. Wipes the data of the member `wipe`, whose removal the caller has confirmed. */
export async function becomeProxy(agent: Agent, endpoints: readonly string[], wipe?: MemberId): Promise<void> {
  if (wipe !== undefined)
    agent.log.info({ topic: "etcd", member: wipe }, "this node is no etcd member any more: wipes its data");
  await noteProxy(agent, endpoints, wipe);
  await runEtcd(agent);
}

async function noteProxy({ store }: Agent, endpoints: readonly string[], wipe?: MemberId): Promise<void> {
  await store.update(state => ({
    ...state,
    etcd: { mode: "proxy", endpoints: [...endpoints], ...(wipe !== undefined && { wipe }) },
  }));
}

/** Brings units, environment and data to the state on disk. */
async function runEtcd(agent: Agent): Promise<void> {
  const { host, systemd, store, config } = agent;
  const etcd = store.state().etcd;
  if (!etcd) return;
  const [wanted, other] = etcd.mode === "member" ? [MEMBER_UNIT, PROXY_UNIT] : [PROXY_UNIT, MEMBER_UNIT];
  // Both files are installed before the first stop: a reload of systemd takes longer than the switch itself.
  await installUnits(agent, [wanted, other]);
  await stopUnit(systemd, other);
  if (etcd.mode === "proxy" && etcd.wipe !== undefined) {
    await host.remove(ETCD_DATA);
    const { wipe: _, ...wiped } = etcd;
    await store.update(state => ({ ...state, etcd: wiped }));
  }
  const env = renderEtcdEnv(config.etcd, etcd);
  const envChanged = env !== (await host.read(ETCD_ENV_PATH));
  if (envChanged) await host.write(ETCD_ENV_PATH, env, 0o600);
  const [unit] = await systemd.show([wanted]);
  if (!unit || !isUp(unit.active)) await systemd.start(wanted);
  // A running member reads a new setting at its next start: a setting is no reason to restart a voter.
  else if (envChanged && etcd.mode === "proxy") await systemd.restart(wanted);
}

/** The endpoints of this node's client: the voters last assigned, those of etcd's start, or the configured ones. */
async function knownEndpoints({ host, store, config, self }: Agent): Promise<readonly string[]> {
  const { etcd, endpoints } = store.state();
  if (endpoints.length > 0) return endpoints;
  if (etcd?.mode === "proxy") return etcd.endpoints;
  const urls = etcdUrls(config.etcd);
  if (etcd?.mode === "member") return etcd.initialCluster.map(peer => urls.client(hostOf(peer.peerUrl)));
  return (await findPeers(host, config.etcd, self)).endpoints;
}
