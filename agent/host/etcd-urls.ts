// The fixed ports of etcd on a node and the URLs with them, defined once so that all nodes agree.
import type { AgentConfig } from "../../crd-like-specs/agent-config.ts";

const CLIENT_PORT = 2379;
const PEER_PORT = 2380;

export interface EtcdUrls {
  /** The URL at which clients reach the member at this address: `http://10.89.0.11:2379`. */
  client(address: string, port?: number): string;
  /** The URL at which the other members reach it: `http://10.89.0.11:2380`. */
  peer(address: string): string;
}

/** The URLs of etcd: https where the configuration has certificates. */
export function etcdUrls(config: AgentConfig["etcd"]): EtcdUrls {
  const client = config.clientTls ? "https" : "http";
  const peer = config.peerTls ? "https" : "http";
  return {
    client: (address, port = CLIENT_PORT) => `${client}://${address}:${port}`,
    peer: address => `${peer}://${address}:${PEER_PORT}`,
  };
}
