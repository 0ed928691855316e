// Finds the other etcd nodes by the method of the configuration, and asks them about their cluster.

import { z } from "zod";
import type { AgentConfig } from "../../crd-like-specs/agent-config.ts";
import { type MemberId, memberId, type NodeId } from "../../crd-like-specs/resources/ids.ts";
import { hostOf } from "../../crd-like-specs/urls.ts";
import type { Host } from "../../drivers/host/port.ts";
import { etcdUrls } from "../host/etcd-urls.ts";
import { discovered, enter, PeersError } from "./discovery.ts";

export interface Peers {
  /** Addresses of the first members. A manager among them founds the cluster with the others; any other node joins. */
  readonly first: readonly string[];
  /** Client URLs at which a node joins. */
  readonly endpoints: readonly string[];
}

export interface Self {
  readonly id: NodeId;
  readonly role: "manager" | "worker";
  readonly address: string;
}

/**
 * The peers by the configured method. PeersError while the method names no node yet, or not all nodes that found the
 * cluster together.
 */
export async function findPeers(host: Host, config: AgentConfig["etcd"], self: Self): Promise<Peers> {
  const urls = etcdUrls(config);
  const { bootstrap } = config;
  switch (bootstrap.method) {
    case "static": {
      const first = await resolveAll(host, bootstrap.members);
      return { first, endpoints: first.map(address => urls.client(address)) };
    }
    case "none": {
      const join = await resolveAll(host, bootstrap.join);
      const founds = self.role === "manager" && (join.length === 0 || join.includes(self.address));
      if (!founds && join.length === 0) throw new PeersError("the configuration names no node to join (etcd-join)");
      return { first: founds ? [self.address] : [], endpoints: join.map(address => urls.client(address)) };
    }
    case "srv":
      return self.role === "manager"
        ? foundBySrv(host, config, bootstrap.domain)
        : joinBySrv(host, config, bootstrap.domain);
    case "discovery":
      return byDiscovery(host, config, bootstrap.url.replace(/\/+$/, ""), self);
  }
}

async function foundBySrv(host: Host, config: AgentConfig["etcd"], domain: string): Promise<Peers> {
  const name = `_etcd-server${config.peerTls ? "-ssl" : ""}._tcp.${domain}`;
  const targets = await srv(host, name);
  const first = await resolveAll(
    host,
    targets.map(target => target.host),
  );
  const urls = etcdUrls(config);
  return { first, endpoints: first.map(address => urls.client(address)) };
}

async function joinBySrv(host: Host, config: AgentConfig["etcd"], domain: string): Promise<Peers> {
  const targets = await srv(host, `_etcd-client${config.clientTls ? "-ssl" : ""}._tcp.${domain}`);
  const urls = etcdUrls(config);
  return { first: [], endpoints: targets.map(target => urls.client(target.host, target.port)) };
}

async function byDiscovery(host: Host, config: AgentConfig["etcd"], url: string, self: Self): Promise<Peers> {
  const urls = etcdUrls(config);
  if (self.role === "manager") {
    await enter(host, url, { id: self.id, name: self.address, peerUrl: urls.peer(self.address) });
  }
  const { size, peerUrls } = await discovered(host, url);
  const first = peerUrls.map(hostOf);
  if (first.length < size && (self.role === "manager" || first.length === 0)) {
    throw new PeersError(`${first.length} of ${size} managers have entered themselves at ${url}`);
  }
  return { first, endpoints: first.map(address => urls.client(address)) };
}

async function srv(host: Host, name: string) {
  const targets = await host.resolveSrv(name);
  if (targets.length === 0) throw new PeersError(`DNS has no SRV record ${name}`);
  return targets;
}

async function resolveAll(host: Host, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    names.map(async name => {
      const [address] = await host.resolve(name);
      if (address === undefined) throw new PeersError(`the name ${name} has no IPv4 address`);
      return address;
    }),
  );
  return [...new Set(found)];
}

/** The answer of one etcd node about its cluster. */
export interface PeerAnswer {
  readonly from: string;
  readonly cluster: MemberId;
  readonly members: readonly { id: MemberId; peerUrls: readonly string[]; clientUrls: readonly string[] }[];
}

const Members = z.array(
  z.object({
    id: z.string(),
    peerURLs: z.array(z.string()).default([]),
    clientURLs: z.array(z.string()).default([]),
  }),
);

/**
 * Asks the peer ports of these addresses in parallel; an address that does not answer has no entry. Unlike the client
 * port, the peer port answers without a quorum. So a cluster that waits for its first quorum (no member has client URLs
 * yet) differs from one that has lost it.
 */
export async function askPeers(
  host: Host,
  config: AgentConfig["etcd"],
  addresses: readonly string[],
): Promise<PeerAnswer[]> {
  const urls = etcdUrls(config);
  const answers = await Promise.all(addresses.map(one => askPeer(host, config, one, `${urls.peer(one)}/members`)));
  return answers.filter(answer => answer !== undefined);
}

async function askPeer(host: Host, config: AgentConfig["etcd"], from: string, url: string) {
  try {
    const { status, body, headers } = await host.http({ method: "GET", url, timeoutMs: 2_000, ...peerTls(config) });
    const cluster = headers["x-etcd-cluster-id"];
    if (status !== 200 || cluster === undefined) return undefined;
    return { from, cluster: memberId(cluster), members: readMembers(body) };
  } catch {
    return undefined;
  }
}

function peerTls(config: AgentConfig["etcd"]) {
  return config.peerTls ? { tls: config.peerTls } : {};
}

/** Ids are 64-bit numbers in this JSON, too large for a JavaScript number, so that they are read as text. */
function readMembers(body: string): PeerAnswer["members"] {
  const members = Members.parse(JSON.parse(body.replace(/"id":\s*(\d+)/g, '"id":"$1"')));
  return members.map(member => ({
    id: memberId(BigInt(member.id).toString(16)),
    peerUrls: member.peerURLs,
    clientUrls: member.clientURLs,
  }));
}
