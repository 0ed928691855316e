// Renders /etc/swarmkeeper/etcd.env, which the shipped etcd units read. Pure: a comparison finds a change.
import type { AgentConfig } from "../../crd-like-specs/agent-config.ts";
import { etcdUrls } from "../host/etcd-urls.ts";
import { ETCD_DATA, type EtcdOnDisk, type MemberOnDisk } from "../host/state.ts";

export const ETCD_ENV_PATH = "/etc/swarmkeeper/etcd.env";

/** The whole file for this node: one `NAME=value` a line, unquoted, in the order in which an operator reads it. */
export function renderEtcdEnv(config: AgentConfig["etcd"], etcd: EtcdOnDisk): string {
  const entries = [
    ...(config.run.with === "binary"
      ? [["SWARMKEEPER_ETCD_BINARY", config.run.path]]
      : [["SWARMKEEPER_ETCD_IMAGE", config.run.image]]),
    ["SWARMKEEPER_ETCD_DATA", ETCD_DATA],
    ...(etcd.mode === "member" ? memberEntries(config, etcd) : proxyEntries(etcd.endpoints)),
  ];
  return `# Written by swarmkeeper-agent; changes made here are lost.\n${entries.map(entry => entry.join("=")).join("\n")}\n`;
}

/** `etcd gateway` forwards TCP and takes host:port. */
function proxyEntries(endpoints: readonly string[]): string[][] {
  return [["SWARMKEEPER_ETCD_ENDPOINTS", endpoints.map(url => new URL(url).host).join(",")]];
}

function memberEntries(config: AgentConfig["etcd"], etcd: MemberOnDisk): string[][] {
  const urls = etcdUrls(config);
  const own = { client: urls.client(etcd.address), peer: urls.peer(etcd.address) };
  return [
    // The name is the address: it is known before anything runs, and the same after every reboot.
    ["ETCD_NAME", etcd.address],
    ["ETCD_DATA_DIR", ETCD_DATA],
    ["ETCD_LISTEN_CLIENT_URLS", `${urls.client("127.0.0.1")},${own.client}`],
    ["ETCD_ADVERTISE_CLIENT_URLS", own.client],
    ["ETCD_LISTEN_PEER_URLS", own.peer],
    ["ETCD_INITIAL_ADVERTISE_PEER_URLS", own.peer],
    ["ETCD_INITIAL_CLUSTER", etcd.initialCluster.map(peer => `${peer.name}=${peer.peerUrl}`).join(",")],
    ["ETCD_INITIAL_CLUSTER_STATE", etcd.initial],
    ["ETCD_INITIAL_CLUSTER_TOKEN", config.token],
    // An hour of history is enough for every watch to resume, and keeps the file small.
    ["ETCD_AUTO_COMPACTION_MODE", "periodic"],
    ["ETCD_AUTO_COMPACTION_RETENTION", "1h"],
    ...tlsEntries("ETCD_", config.clientTls),
    ...tlsEntries("ETCD_PEER_", config.peerTls),
  ];
}

function tlsEntries(prefix: "ETCD_" | "ETCD_PEER_", tls: AgentConfig["etcd"]["clientTls"]): string[][] {
  if (!tls) return [];
  return [
    [`${prefix}CERT_FILE`, tls.cert],
    [`${prefix}KEY_FILE`, tls.key],
    [`${prefix}TRUSTED_CA_FILE`, tls.ca],
    [`${prefix}CLIENT_CERT_AUTH`, "true"],
  ];
}
