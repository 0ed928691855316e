// The agent's configuration file (`/etc/swarmkeeper/agent.yml`), which the generator writes and the agent reads. It has
// only what an agent needs before it reaches etcd.
import { parseDocument } from "yaml";
import { z } from "zod";
import { DEFAULT_PREFIX } from "./resources/keys.ts";
import { type Parsed, parsed, rejected } from "./validation.ts";

export { AGENT_CONFIG_PATH } from "./paths.ts";

/** A certificate, its key and the trusted authority: paths on the node. */
export const TlsFiles = z.strictObject({ cert: z.string(), key: z.string(), ca: z.string() });
export type TlsFiles = z.infer<typeof TlsFiles>;

/** How the first etcd members find each other. */
export const EtcdBootstrap = z.discriminatedUnion("method", [
  /** Addresses of the first managers: 1, 3, 5 or 7. A node with another address joins the cluster. */
  z.strictObject({ method: z.literal("static"), members: z.array(z.string()).min(1) }),
  /** `_etcd-server[-ssl]._tcp.DOMAIN` for the first members, `_etcd-client[-ssl]._tcp.DOMAIN` for joining. */
  z.strictObject({ method: z.literal("srv"), domain: z.string() }),
  /** A URL of the v2 discovery protocol, including the token. It accepts as many members as its size. */
  z.strictObject({ method: z.literal("discovery"), url: z.url() }),
  /** One manager is the only first member. Other nodes join it at `join`. */
  z.strictObject({ method: z.literal("none"), join: z.array(z.string()) }),
]);
export type EtcdBootstrap = z.infer<typeof EtcdBootstrap>;

/** How the agent finds the node's own address. */
export const AddressSource = z.discriminatedUnion("from", [
  z.strictObject({ from: z.literal("literal"), address: z.ipv4() }),
  z.strictObject({ from: z.literal("interface"), interface: z.string() }),
  /** The source address of the route to `to`. Default: the route to a first etcd member, or the default route. */
  z.strictObject({ from: z.literal("route"), to: z.ipv4().optional() }),
]);
export type AddressSource = z.infer<typeof AddressSource>;

export const AgentConfig = z.strictObject({
  role: z.enum(["manager", "worker"]),
  prefix: z
    .string()
    .regex(/^(\/[\w.-]+)+$/)
    .default(DEFAULT_PREFIX),
  address: AddressSource.default({ from: "route" }),
  etcd: z.strictObject({
    bootstrap: EtcdBootstrap,
    /** Separates clusters that could reach each other by mistake (`--initial-cluster-token`). */
    token: z.string().default("swarmkeeper"),
    /** `binary`: the node's own etcd; `image`: an image that Docker runs on a node without etcd. */
    run: z
      .discriminatedUnion("with", [
        z.strictObject({ with: z.literal("binary"), path: z.string() }),
        z.strictObject({ with: z.literal("image"), image: z.string() }),
      ])
      .default({ with: "binary", path: "/usr/bin/etcd" }),
    clientTls: TlsFiles.optional(),
    peerTls: TlsFiles.optional(),
  }),
  docker: z.strictObject({ socket: z.string().default("/var/run/docker.sock") }).prefault({}),
  /** Seconds after which the registration of a node that does not answer expires. */
  leaseSeconds: z.int().min(5).max(120).default(15),
  /** The initial spec, which the first manager writes once and only if absent: path under `spec/` → value. */
  spec: z.record(z.string(), z.string()).default({}),
  /** The URL is in a separate file with mode 0600. */
  slack: z.strictObject({ urlFile: z.string(), channel: z.string().optional() }).optional(),
});
export type AgentConfig = z.infer<typeof AgentConfig>;

/** The file in which the agent keeps the id of the node: 12 hex digits. */
export const NODE_ID_PATH = "/var/lib/swarmkeeper/node-id";

/** Parses the text of the file. One message names all errors and their places. Never throws. */
export function parseAgentConfig(path: string, text: string): Parsed<AgentConfig> {
  const document = parseDocument(text);
  const [syntaxError] = document.errors;
  if (syntaxError) return rejected({ message: `${path} is not YAML: ${syntaxError.message}`, expected: REGENERATE });
  const read = AgentConfig.safeParse(document.toJS());
  if (!read.success) return rejected({ message: `${path}: ${z.prettifyError(read.error)}`, expected: REGENERATE });
  return parsed(read.data);
}

const REGENERATE = "generate the user-data again with `swarmkeeper generate`";
