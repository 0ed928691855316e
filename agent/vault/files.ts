// Renders the files that Vault on this node starts with: /etc/swarmkeeper/vault.env for its unit, and its
// configuration. Rendering is pure. The files are written when Vault is about to start, or while it runs with the
// same settings.

import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { type VaultAssignment, vaultUrl } from "../../crd-like-specs/resources/vault.ts";
import { hostOf } from "../../crd-like-specs/urls.ts";
import type { Agent } from "../context.ts";
import { etcdUrls } from "../host/etcd-urls.ts";

const FOLDER = "/etc/swarmkeeper";
export const VAULT_ENV_PATH = `${FOLDER}/vault.env`;
export const VAULT_CONFIG_PATH = `${FOLDER}/vault/vault.hcl`;
/** The operator's variables for Vault's seal on this node. Only Vault reads them. */
const SEAL_ENV = "vault-seal.env";

/** The parts of an assignment that the files depend on. */
export interface VaultInput {
  readonly vault: VaultAssignment;
  readonly etcd: Assignment["etcd"];
}
type VaultNode = Pick<Agent, "self" | "config">;

const HEADING = "# Written by swarmkeeper-agent; changes made here are lost.\n";

/** One `NAME=value` a line, unquoted. `forSeal`: whether the operator has variables for the seal on this node. */
export function renderVaultEnv({ config }: VaultNode, { vault }: VaultInput, forSeal: boolean): string {
  const tls = config.etcd.clientTls;
  // Folders instead of files: a certificate that is replaced by a rename is a new file.
  const folders = tls
    ? [...new Set([tls.cert, tls.key, tls.ca].map(path => path.slice(0, path.lastIndexOf("/"))))]
    : [];
  const args = [
    ...folders.map(folder => `--volume ${folder}:${folder}:ro`),
    ...(forSeal ? [`--env-file ${FOLDER}/${SEAL_ENV}`] : []),
  ];
  return `${HEADING}SWARMKEEPER_VAULT_IMAGE=${vault.image}\nSWARMKEEPER_VAULT_ARGS=${args.join(" ")}\n`;
}

/** The whole configuration, with the operator's additions at its end. */
export function renderVaultConfig(node: VaultNode, input: VaultInput): string {
  const { address } = node.self;
  const { vault } = input;
  const blocks = [
    vault.storage === "etcd" ? etcdStorage(node) : raftStorage(node, input),
    // Only on the address at which the nodes reach each other, and on the loopback address.
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

/** The etcd of this node, a member or a proxy: its address never changes. */
function etcdStorage({ config }: VaultNode): string {
  const tls = config.etcd.clientTls;
  return block('storage "etcd"', [
    ["address", etcdUrls(config.etcd).client("127.0.0.1")],
    ["path", "/vault"],
    ["etcd_api", "v3"],
    ["ha_enabled", "true"],
    // Vault must not use the addresses of the members: the proxy leads to them.
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

/** The peers are etcd's voters. Vault needs them only to join, so that a change of them restarts no Vault. */
function raftStorage({ self }: VaultNode, { vault, etcd }: VaultInput): string {
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

/** Writes the files that differ. Only root can read them, because the operator's additions may contain a secret. */
export async function ensureVaultFiles(
  agent: VaultNode & Pick<Agent, "host">,
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

/** Removes the files after Vault is stopped on this node. Vault's storage stays. */
export async function dropVaultFiles({ host }: Pick<Agent, "host">): Promise<void> {
  await host.remove(VAULT_ENV_PATH);
  await host.remove(VAULT_CONFIG_PATH);
}
