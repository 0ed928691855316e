// The file that user-data puts on a host (`/etc/swarmkeeper/agent.yml`), the contract between generator and agent:
// everything a host must know before it can see etcd, and nothing that etcd can tell it.
import { parseDocument } from "yaml";
import { z } from "zod";
import { DEFAULT_PREFIX } from "./resources/keys.ts";
import { type Parsed, parsed, rejected } from "./validation.ts";

export { AGENT_CONFIG_PATH } from "./paths.ts";

/** A certificate, its key and the authority to trust: paths on the host. */
export const TlsFiles = z.strictObject({ cert: z.string(), key: z.string(), ca: z.string() });
export type TlsFiles = z.infer<typeof TlsFiles>;

/** How the first etcd members find each other. */
export const EtcdBootstrap = z.discriminatedUnion("method", [
  /** Addresses of the first managers: 1, 3, 5 or 7 of them. A host whose address is not among them joins instead. */
  z.strictObject({ method: z.literal("static"), members: z.array(z.string()).min(1) }),
  /** `_etcd-server[-ssl]._tcp.DOMAIN` for the first members, `_etcd-client[-ssl]._tcp.DOMAIN` for joining. */
  z.strictObject({ method: z.literal("srv"), domain: z.string() }),
  /** A URL of the v2 discovery protocol, token included; it is full once its size is reached. */
  z.strictObject({ method: z.literal("discovery"), url: z.url() }),
  /** A manager is the only first member; other hosts join it at `join`. */
  z.strictObject({ method: z.literal("none"), join: z.array(z.string()) }),
]);
export type EtcdBootstrap = z.infer<typeof EtcdBootstrap>;

/** Where the host's own address comes from. */
export const AddressSource = z.discriminatedUnion("from", [
  z.strictObject({ from: z.literal("literal"), address: z.ipv4() }),
  z.strictObject({ from: z.literal("interface"), interface: z.string() }),
  /** The source address of the route to this address; in doubt that of a first etcd member, or the default route. */
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
    /** Tells clusters apart that could reach each other by mistake (`--initial-cluster-token`). */
    token: z.string().default("swarmkeeper"),
    /** `binary`: the host's own etcd; `image`: run by docker, where the host has none. */
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
  /** Seconds after which etcd forgets a host that has gone silent. */
  leaseSeconds: z.int().min(5).max(120).default(15),
  /** The spec to write once, create-if-absent, by the first manager: path under `spec/` → value. */
  spec: z.record(z.string(), z.string()).default({}),
  /** Its URL is in a 0600 file of its own. */
  slack: z.strictObject({ urlFile: z.string(), channel: z.string().optional() }).optional(),
});
export type AgentConfig = z.infer<typeof AgentConfig>;

/** Where the agent keeps this host's id: 12 hex digits. */
export const NODE_ID_PATH = "/var/lib/swarmkeeper/node-id";

/** Reads the file's text; all that is wrong with it is in one message, with the place. Never throws. */
export function parseAgentConfig(path: string, text: string): Parsed<AgentConfig> {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken) return rejected({ message: `${path} is not YAML: ${broken.message}`, expected: REGENERATE });
  const read = AgentConfig.safeParse(document.toJS());
  if (!read.success) return rejected({ message: `${path}: ${z.prettifyError(read.error)}`, expected: REGENERATE });
  return parsed(read.data);
}

const REGENERATE = "`swarmkeeper generate` makes the user-data that writes it";
