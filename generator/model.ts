// What one kind of host is given at provisioning, free of any dialect: files, units, keys. A renderer per dialect
// (render/) writes it down; nothing but a renderer knows how a dialect spells a thing.
import { AGENT_CONFIG_PATH } from "../crd-like-specs/agent-config.ts";
import type { Role } from "../crd-like-specs/resources/role.ts";
import { agentConfig, CONFIG_FOLDER, SLACK_URL_FILE, tlsPath } from "./agent-config.ts";
import type { Assets } from "./assets.ts";
import type { Params } from "./params.ts";
import type { Tls } from "./tls.ts";
import { yamlText } from "./yaml-text.ts";

export interface HostFile {
  /** Absolute. Every file is root's. */
  readonly path: string;
  readonly content: string;
  /** Permission bits. */
  readonly mode: number;
  /** True where `$private_ipv4` or `$public_ipv4` is for the host to fill in; elsewhere they are text like any other. */
  readonly hostVariables: boolean;
}

/** A unit that is enabled, and started without waiting for it. */
export interface HostUnit {
  readonly name: string;
  readonly content: string;
}

export interface NodeProfile {
  readonly role: Role;
  readonly files: readonly HostFile[];
  readonly units: readonly HostUnit[];
  /** Units of the distribution that must never run. */
  readonly maskedUnits: readonly string[];
  readonly sshAuthorizedKeys: readonly string[];
  readonly rebootStrategy: "off" | "reboot";
}

export function nodeProfile(params: Params, role: Role, assets: Assets): NodeProfile {
  const { slack, release, etcd } = params;
  const config = `# All that the agent must know before it can see etcd; written by \`swarmkeeper generate\`.\n${yamlText(agentConfig(params, role))}`;
  return {
    role,
    files: [
      { path: AGENT_CONFIG_PATH, content: config, mode: 0o600, hostVariables: params.address.from === "variable" },
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
    // Debian starts an etcd of its own as soon as it is installed, and it would sit on our ports.
    maskedUnits: etcd.run.with === "binary" ? ["etcd.service"] : [],
    sshAuthorizedKeys: params.sshAuthorizedKeys,
    rebootStrategy: params.rebootStrategy,
  };
}

const file = (path: string, content: string, mode: number): HostFile => ({ path, content, mode, hostVariables: false });

function shippedTls(whose: "client" | "peer", tls: Tls | undefined): HostFile[] {
  if (tls === undefined) return [];
  return (["cert", "key", "ca"] as const).flatMap(part => {
    const source = tls[part];
    return "pem" in source ? [file(tlsPath(whose, part), source.pem, part === "key" ? 0o600 : 0o644)] : [];
  });
}
