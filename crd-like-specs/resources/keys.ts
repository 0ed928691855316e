// The one place that knows where each resource lives in etcd. Who writes which key: docs/keys.md.
import { type NodeId, nodeId } from "./ids.ts";

export const DEFAULT_PREFIX = "/swarmkeeper";

/** Every key of one cluster. `prefix` starts with a slash and has none at its end. */
export function keyspace(prefix: string = DEFAULT_PREFIX) {
  const under = (folder: string) => {
    const root = `${prefix}/${folder}/`;
    return {
      root,
      of: (id: NodeId) => `${root}${id}`,
      /** The node id in a key of this folder, or undefined where the key is not directly in it. */
      idIn: (key: string): NodeId | undefined => {
        const rest = key.startsWith(root) ? key.slice(root.length) : "";
        return rest === "" || rest.includes("/") ? undefined : nodeId(rest);
      },
    };
  };
  return {
    prefix,
    root: `${prefix}/`,
    /** Operator's: `spec/managers`, `spec/units/worker`, … A path is what follows `spec/`. */
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
    /** Where an unsealed Vault is, by `ADDRESS:PORT`. */
    vaultServices: {
      root: `${prefix}/services/vault/`,
      of: (place: string) => `${prefix}/services/vault/${place}`,
    },
    remediation: `${prefix}/remediation`,
    blocked: `${prefix}/blocked`,
    leader: `${prefix}/leader`,
    bootstrapLock: `${prefix}/locks/bootstrap`,
    /**
     * Beside the prefix and not under it: a listing of the cluster stays small, and within what one answer of etcd may
     * carry, however much has happened; no controller wakes up for the story or keeps it in memory.
     */
    events: { root: `${prefix}-events/`, of: (name: string) => `${prefix}-events/${name}` },
    /** Beside it for the same reason: how far the story has been told to people. */
    slackCursor: `${prefix}-slack-cursor`,
    /** Beside it for the same reason: texts of unit files by their hash, each written once and read by who starts it. */
    unitTexts: { root: `${prefix}-units/`, of: (hash: string) => `${prefix}-units/${hash}` },
  };
}
export type Keyspace = ReturnType<typeof keyspace>;
