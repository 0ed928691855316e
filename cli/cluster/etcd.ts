// How a command finds etcd: from its options, else from the environment, else from this node's configuration, else the
// member or proxy that every node runs on loopback. When etcd does not answer, the error names each endpoint.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import {
  AGENT_CONFIG_PATH,
  type AgentConfig,
  parseAgentConfig,
  type TlsFiles,
} from "../../crd-like-specs/agent-config.ts";
import { DEFAULT_PREFIX, type Keyspace, keyspace } from "../../crd-like-specs/resources/keys.ts";
import { systemClock } from "../../drivers/clock/real.ts";
import { type Etcd, EtcdError } from "../../drivers/etcd/port.ts";
import { connectEtcd } from "../../drivers/etcd/real.ts";
import { CliError } from "../terminal/error.ts";
import { reason } from "../terminal/reason.ts";
import { type TlsOptions, tlsFiles } from "./etcd-tls.ts";

export interface EtcdOptions extends TlsOptions {
  readonly endpoints?: string;
  readonly prefix?: string;
}

export interface EtcdSettings {
  readonly endpoints: readonly string[];
  readonly prefix: string;
  /** PEM texts. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** The limit of a read: an operator waits at the terminal. */
export const READ_PATIENCE_MS = 2_200;
const PROBE_MS = 400;

/** The etcd of a command. CliError for an invalid endpoint or prefix, and for a certificate that cannot be read. */
export function etcdSettings(
  options: EtcdOptions,
  env: Readonly<Record<string, string | undefined>>,
  config: AgentConfig | undefined,
): EtcdSettings {
  const prefix = (options.prefix ?? config?.prefix ?? DEFAULT_PREFIX).replace(/\/+$/, "");
  if (!/^(\/[\w.-]+)+$/.test(prefix)) {
    throw new CliError(`--prefix ${JSON.stringify(prefix)} is not a prefix; use one such as ${DEFAULT_PREFIX}`, 2);
  }
  const own = tlsFiles(options, env);
  const tls = own ?? config?.etcd.clientTls;
  const scheme = tls === undefined ? "http" : "https";
  const given = options.endpoints ?? (env.SWARMKEEPER_ENDPOINTS || `${scheme}://127.0.0.1:2379`);
  const endpoints = given
    .split(",")
    .map(part => part.trim())
    .filter(part => part !== "")
    .map(part => endpoint(part, scheme));
  if (endpoints.length === 0) throw new CliError("--endpoints names no endpoint; use http://NODE:2379", 2);
  const secured = endpoints.some(url => url.startsWith("https:"));
  return {
    endpoints,
    prefix,
    ...(tls && secured && { tls: readTls(tls, own === undefined ? "; run this as root" : "") }),
  };
}

function endpoint(text: string, scheme: string): string {
  const url = /^https?:\/\//.test(text) ? text : `${scheme}://${text}`;
  if (URL.canParse(url) && new URL(url).pathname === "/") return url.replace(/\/$/, "");
  throw new CliError(`${JSON.stringify(text)} is not an endpoint of etcd; use http://NODE:2379`, 2);
}

function readTls(files: TlsFiles, hint: string): { ca: string; cert: string; key: string } {
  const read = (path: string) => {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      throw new CliError(`cannot read ${path}, which etcd requires: ${reason(error)}${hint}`, 1, error);
    }
  };
  return { ca: read(files.ca), cert: read(files.cert), key: read(files.key) };
}

/** This node's configuration. Undefined on any other machine, and where it is not readable. */
function nodeConfig(): AgentConfig | undefined {
  let text: string;
  try {
    text = readFileSync(AGENT_CONFIG_PATH, "utf8");
  } catch {
    return undefined;
  }
  const config = parseAgentConfig(AGENT_CONFIG_PATH, text);
  if (config.ok) return config.value;
  process.stderr.write(`note: ignored: ${config.error.message}\n`);
  return undefined;
}

/**
 * Connects, runs the body, closes. An EtcdError of the body becomes a CliError that names each endpoint. A body that runs
 * until it is stopped has no limit ("none"), and limits its own calls by `within`.
 */
export async function withEtcd<T>(
  options: EtcdOptions,
  body: (etcd: Etcd, keys: Keyspace) => Promise<T>,
  patienceMs: number | "none" = READ_PATIENCE_MS,
): Promise<T> {
  const settings = etcdSettings(options, process.env, nodeConfig());
  const etcd = connectEtcd({ endpoints: settings.endpoints, tls: settings.tls, clock: systemClock });
  try {
    const work = body(etcd, keyspace(settings.prefix));
    return await (patienceMs === "none" ? work : within(patienceMs, work));
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    throw new CliError(await explanation(settings.endpoints, error), 1, error);
  } finally {
    etcd.close();
  }
}

/** The result of `work`; EtcdError `timeout` if it takes longer. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new EtcdError("timeout", `etcd did not answer within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function explanation(endpoints: readonly string[], error: EtcdError): Promise<string> {
  if (!error.recoverable) return error.message;
  const probes = await Promise.all(endpoints.map(probe));
  const connected = probes.some(({ open }) => open);
  return [
    error.message,
    ...(error.maybeApplied ? ["The change may have been written nevertheless: check with `swarmkeeper get`."] : []),
    ...probes.map(({ url, result }) => `  ${url}  ${result}`),
    connected
      ? "etcd accepts connections and does not answer calls: the members may have lost their quorum, or require TLS."
      : "On a machine that is not a node, use --endpoints http://NODE:2379 or set SWARMKEEPER_ENDPOINTS.",
    "To find the cause, run on a node: systemctl status 'swarmkeeper-*' · journalctl -u swarmkeeper-agent -n 50",
  ].join("\n");
}

/** Whether a process listens there. This distinguishes a stopped etcd from one without a quorum. */
function probe(url: string): Promise<{ url: string; open: boolean; result: string }> {
  const { hostname, port, protocol } = new URL(url);
  return new Promise(resolve => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port || (protocol === "https:" ? 443 : 80)),
    });
    const done = (open: boolean, result: string) => {
      socket.destroy();
      resolve({ url, open, result });
    };
    socket.setTimeout(PROBE_MS, () => done(false, "no answer to a connection"));
    socket.once("connect", () => done(true, "accepts connections"));
    socket.once("error", failure => done(false, reason(failure)));
  });
}
