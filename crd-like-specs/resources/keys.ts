// The key of each resource in etcd. docs/keys.md names the writer of each key.
import { type NodeId, nodeId } from "./ids.ts";

export const DEFAULT_PREFIX = "/swarmkeeper";

/** All keys of one cluster. `prefix` starts with a slash and does not end with one. */
export function keyspace(prefix: string = DEFAULT_PREFIX) {
  const under = (folder: string) => {
    const root = `${prefix}/${folder}/`;
    return {
      root,
      of: (id: NodeId) => `${root}${id}`,
      /** The node id in a key directly in this folder; undefined for any other key. */
      idIn: (key: string): NodeId | undefined => {
        const rest = key.startsWith(root) ? key.slice(root.length) : "";
        return rest === "" || rest.includes("/") ? undefined : nodeId(rest);
      },
    };
  };
  return {
    prefix,
    root: `${prefix}/`,
    /** Written by the operator: `spec/managers`, `spec/units/worker`, … A path is what follows `spec/`. */
    spec: { root: `${prefix}/spec/`, of: (path: string) => `${prefix}/spec/${path}` },
    nodes: under("nodes"),
    assignments: under("assignments"),
    nodeStatus: under("status/nodes"),
    clusterStatus: `${prefix}/status/cluster`,
    specStatus: { root: `${prefix}/status/spec/`, of: (path: string) => `${prefix}/status/spec/${path}` },
    swarm: `${prefix}/swarm`,
    workerToken: `${prefix}/tokens/worker`,
    operation: `${prefix}/operation`,
    rollout: `${prefix}/rollout`,
    revisions: {
      root: `${prefix}/revisions/`,
      of: (number: number) => `${prefix}/revisions/${number}`,
      numberIn: (key: string): number | undefined => {
        const rest = key.startsWith(`${prefix}/revisions/`) ? key.slice(`${prefix}/revisions/`.length) : "";
        return /^[1-9]\d{0,8}$/.test(rest) ? Number(rest) : undefined;
      },
    },
    /** The unsealed Vaults, by `ADDRESS:PORT`. */
    vaultServices: {
      root: `${prefix}/services/vault/`,
      of: (address: string) => `${prefix}/services/vault/${address}`,
    },
    remediation: `${prefix}/remediation`,
    blocked: `${prefix}/blocked`,
    leader: `${prefix}/leader`,
    bootstrapLock: `${prefix}/locks/bootstrap`,
    /**
     * Next to the prefix and not under it. So a listing of the cluster fits into one response of etcd, however many
     * events there are, and an event neither wakes a controller nor stays in its memory.
     */
    events: { root: `${prefix}-events/`, of: (name: string) => `${prefix}-events/${name}` },
    /** Next to the prefix for the same reason: how far events are delivered to Slack. */
    slackCursor: `${prefix}-slack-cursor`,
    /** Next to the prefix for the same reason: texts of unit files by their hash. Each is written once. */
    unitTexts: { root: `${prefix}-units/`, of: (hash: string) => `${prefix}-units/${hash}` },
  };
}
export type Keyspace = ReturnType<typeof keyspace>;
