// The content of the user-data of one role, independent of the dialect: files, units, keys. The renderers (render/)
// write it in a dialect. Only they know the syntax of a dialect.
import { AGENT_CONFIG_PATH } from "../crd-like-specs/agent-config.ts";
import type { Role } from "../crd-like-specs/resources/role.ts";
import { agentConfig, CONFIG_FOLDER, SLACK_URL_FILE, tlsPath } from "./agent-config.ts";
import type { Assets } from "./assets.ts";
import type { Params } from "./params.ts";
import type { Tls } from "./tls.ts";
import { yamlText } from "./yaml-text.ts";

export interface NodeFile {
  /** Absolute. Root owns every file. */
  readonly path: string;
  readonly content: string;
  /** Permission bits. */
  readonly mode: number;
  /** Whether the node replaces `$private_ipv4` and `$public_ipv4` in the content. Otherwise they are ordinary text. */
  readonly nodeVariables: boolean;
}

/** A unit that is enabled and started. Nothing waits for its start. */
export interface NodeUnit {
  readonly name: string;
  readonly content: string;
}

export interface NodeProfile {
  readonly role: Role;
  readonly files: readonly NodeFile[];
  readonly units: readonly NodeUnit[];
  /** Units of the distribution that must never run. */
  readonly maskedUnits: readonly string[];
  readonly sshAuthorizedKeys: readonly string[];
  readonly rebootStrategy: "off" | "reboot";
}

export function nodeProfile(params: Params, role: Role, assets: Assets): NodeProfile {
  const { slack, release, etcd } = params;
  const config = `# What the agent needs before it reaches etcd. Written by \`swarmkeeper generate\`.\n${yamlText(agentConfig(params, role))}`;
  return {
    role,
    files: [
      { path: AGENT_CONFIG_PATH, content: config, mode: 0o600, nodeVariables: params.address.from === "variable" },
      file(
        `${CONFIG_FOLDER}/release.env`,
        `SWARMKEEPER_RELEASE_URL=${release.url}\nSWARMKEEPER_RELEASE_SHA256=${release.sha256}\n`,
        0o644,
      ),
      ...(slack === undefined ? [] : [file(SLACK_URL_FILE, `${slack.url}\n`, 0o600)]),
      ...shippedTls("client", etcd.clientTls),
      ...shippedTls("peer", etcd.peerTls),
      file("/opt/swarmkeeper/install.sh", assets.installScript, 0o755),
    ],
    units: [{ name: "swarmkeeper-agent.service", content: assets.agentUnit }],
    // Debian starts its own etcd as soon as it is installed, which would occupy the ports of the agent's etcd.
    maskedUnits: etcd.run.with === "binary" ? ["etcd.service"] : [],
    sshAuthorizedKeys: params.sshAuthorizedKeys,
    rebootStrategy: params.rebootStrategy,
  };
}

const file = (path: string, content: string, mode: number): NodeFile => ({ path, content, mode, nodeVariables: false });

function shippedTls(whose: "client" | "peer", tls: Tls | undefined): NodeFile[] {
  if (tls === undefined) return [];
  return (["cert", "key", "ca"] as const).flatMap(part => {
    const source = tls[part];
    return "pem" in source ? [file(tlsPath(whose, part), source.pem, part === "key" ? 0o600 : 0o644)] : [];
  });
}
