// The fixed ports of etcd on a host, and the URLs they make: one place, so that all hosts agree.
import type { AgentConfig } from "../../crd-like-specs/agent-config.ts";

const CLIENT_PORT = 2379;
const PEER_PORT = 2380;

export interface EtcdUrls {
  /** Where clients reach the member on this host: `http://10.89.0.11:2379`. */
  client(host: string, port?: number): string;
  /** Where the other members reach it: `http://10.89.0.11:2380`. */
  peer(host: string): string;
}

export function etcdUrls(config: AgentConfig["etcd"]): EtcdUrls {
  const client = config.clientTls ? "https" : "http";
  const peer = config.peerTls ? "https" : "http";
  return {
    client: (host, port = CLIENT_PORT) => `${client}://${host}:${port}`,
    peer: host => `${peer}://${host}:${PEER_PORT}`,
  };
}
