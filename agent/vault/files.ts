// What Vault on this host is started with: /etc/swarmkeeper/vault.env for its unit, and its configuration. The renderings
// are pure; the files are written when it is about to be started, or as it runs already.

import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { type VaultAssignment, vaultUrl } from "../../crd-like-specs/resources/vault.ts";
import { hostOf } from "../../crd-like-specs/urls.ts";
import type { Agent } from "../context.ts";
import { etcdUrls } from "../host/etcd-urls.ts";

const FOLDER = "/etc/swarmkeeper";
export const VAULT_ENV_PATH = `${FOLDER}/vault.env`;
export const VAULT_CONFIG_PATH = `${FOLDER}/vault/vault.hcl`;
/** Variables that an operator has put on this host for Vault's seal; nothing of ours reads it. */
const SEAL_ENV = "vault-seal.env";

/** What of an assignment it is made from. */
export interface VaultOrder {
  readonly vault: VaultAssignment;
  readonly etcd: Assignment["etcd"];
}
type VaultHost = Pick<Agent, "self" | "config">;

const HEADING = "# Written by swarmkeeper-agent; changes made here are lost.\n";

/** One `NAME=value` a line, no quoting needed. `forSeal`: whether there are variables for its seal. */
export function renderVaultEnv({ config }: VaultHost, { vault }: VaultOrder, forSeal: boolean): string {
  const tls = config.etcd.clientTls;
  // Folders, not files: a certificate that is replaced by a rename is a new file.
  const folders = tls
    ? [...new Set([tls.cert, tls.key, tls.ca].map(path => path.slice(0, path.lastIndexOf("/"))))]
    : [];
  const args = [
    ...folders.map(folder => `--volume ${folder}:${folder}:ro`),
    ...(forSeal ? [`--env-file ${FOLDER}/${SEAL_ENV}`] : []),
  ];
  return `${HEADING}SWARMKEEPER_VAULT_IMAGE=${vault.image}\nSWARMKEEPER_VAULT_ARGS=${args.join(" ")}\n`;
}

/** The whole configuration, what the operator adds at its end. */
export function renderVaultConfig(host: VaultHost, order: VaultOrder): string {
  const { address } = host.self;
  const { vault } = order;
  const blocks = [
    vault.storage === "etcd" ? etcdStorage(host) : raftStorage(host, order),
    // Not on every address: on the one by which hosts reach each other, and for who is on the host itself.
    ...[address, "127.0.0.1"].map(listen =>
      block('listener "tcp"', [
        ["address", `${listen}:${vault.port}`],
        ["tls_disable", "true"],
      ]),
    ),
    `api_addr = "${vaultUrl(address, vault.port)}"\ncluster_addr = "https://${address}:${vault.port + 1}"\ndisable_mlock = true\n`,
    ...(vault.config === undefined ? [] : [vault.config]),
  ];
  return `${HEADING}${blocks.join("\n")}`;
}

function block(head: string, settings: readonly (readonly [string, string])[], inner = ""): string {
  return `${head} {\n${settings.map(([name, value]) => `  ${name} = "${value}"\n`).join("")}${inner}}\n`;
}

/** By this host's own etcd, be it a member or the proxy to them: an address that never changes. */
function etcdStorage({ config }: VaultHost): string {
  const tls = config.etcd.clientTls;
  return block('storage "etcd"', [
    ["address", etcdUrls(config.etcd).client("127.0.0.1")],
    ["path", "/vault"],
    ["etcd_api", "v3"],
    ["ha_enabled", "true"],
    // The members' own addresses are not to be asked for: a proxy leads to them.
    ["sync", "false"],
    ...(tls
      ? ([
          ["tls_ca_file", tls.ca],
          ["tls_cert_file", tls.cert],
          ["tls_key_file", tls.key],
        ] as const)
      : []),
  ]);
}

/** Peers are the voters of etcd: by them it joins once, so that it is not restarted where they change. */
function raftStorage({ self }: VaultHost, { vault, etcd }: VaultOrder): string {
  const peers = etcd.endpoints.map(hostOf).filter(address => address !== self.address);
  const joins = peers.map(address => `  retry_join {\n    leader_api_addr = "${vaultUrl(address, vault.port)}"\n  }\n`);
  return block(
    'storage "raft"',
    [
      ["path", "/vault/data"],
      ["node_id", self.id],
    ],
    joins.join(""),
  );
}

/** Writes what differs. Root alone reads it: what an operator adds may be more than he should have put there. */
export async function ensureVaultFiles(
  agent: VaultHost & Pick<Agent, "host">,
  { vault, etcd }: Pick<Assignment, "vault" | "etcd">,
): Promise<void> {
  if (vault === undefined) return;
  const { host } = agent;
  const forSeal = (await host.names(FOLDER)).includes(SEAL_ENV);
  for (const [path, text] of [
    [VAULT_ENV_PATH, renderVaultEnv(agent, { vault, etcd }, forSeal)],
    [VAULT_CONFIG_PATH, renderVaultConfig(agent, { vault, etcd })],
  ] as const)
    if (text !== (await host.read(path))) await host.write(path, text, 0o600);
}

/** Of no more use once it does not run here; what it has stored stays. */
export async function dropVaultFiles({ host }: Pick<Agent, "host">): Promise<void> {
  await host.remove(VAULT_ENV_PATH);
  await host.remove(VAULT_CONFIG_PATH);
}
