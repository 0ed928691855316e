import { describe, expect, it } from "vitest";
import { AgentConfig } from "../../crd-like-specs/agent-config.ts";
import { nodeId } from "../../crd-like-specs/resources/ids.ts";
import { renderVaultConfig, renderVaultEnv, type VaultInput } from "./files.ts";

const self = { id: nodeId("aaaaaaaaaaaa"), name: "h1", address: "10.0.0.1", role: "manager" } as const;
const tls = { cert: "/etc/ssl/etcd/client.pem", key: "/etc/ssl/etcd/client.key", ca: "/etc/ssl/ca/ca.pem" };
const node = (clientTls?: typeof tls) => {
  const etcd = { bootstrap: { method: "none", join: [] }, ...(clientTls && { clientTls }) };
  return { self, config: AgentConfig.parse({ role: "manager", etcd }) };
};
const input = (vault: Partial<VaultInput["vault"]> = {}): VaultInput => ({
  vault: { hash: "0".repeat(64), image: "hashicorp/vault:1.13", port: 8200, storage: "etcd", ...vault },
  etcd: { mode: "proxy", endpoints: ["http://10.0.0.1:2379", "http://10.0.0.2:2379", "http://10.0.0.3:2379"] },
});

describe("Vault's files", () => {
  it("store data in etcd, through this node's own etcd", () => {
    expect(renderVaultConfig(node(), input({ config: "ui = true\n" }))).toMatchInlineSnapshot(`
      "# Written by swarmkeeper-agent; changes made here are lost.
      storage "etcd" {
        address = "http://127.0.0.1:2379"
        path = "/vault"
        etcd_api = "v3"
        ha_enabled = "true"
        sync = "false"
      }

      listener "tcp" {
        address = "10.0.0.1:8200"
        tls_disable = "true"
      }

      listener "tcp" {
        address = "127.0.0.1:8200"
        tls_disable = "true"
      }

      api_addr = "http://10.0.0.1:8200"
      cluster_addr = "https://10.0.0.1:8201"
      disable_mlock = true

      ui = true
      "
    `);
    expect(renderVaultEnv(node(), input(), false)).toMatchInlineSnapshot(`
      "# Written by swarmkeeper-agent; changes made here are lost.
      SWARMKEEPER_VAULT_IMAGE=hashicorp/vault:1.13
      SWARMKEEPER_VAULT_ARGS=
      "
    `);
  });

  it("store data in raft, joined with the other managers", () => {
    expect(renderVaultConfig(node(), input({ storage: "raft", port: 8300 }))).toMatchInlineSnapshot(`
      "# Written by swarmkeeper-agent; changes made here are lost.
      storage "raft" {
        path = "/vault/data"
        node_id = "aaaaaaaaaaaa"
        retry_join {
          leader_api_addr = "http://10.0.0.2:8300"
        }
        retry_join {
          leader_api_addr = "http://10.0.0.3:8300"
        }
      }

      listener "tcp" {
        address = "10.0.0.1:8300"
        tls_disable = "true"
      }

      listener "tcp" {
        address = "127.0.0.1:8300"
        tls_disable = "true"
      }

      api_addr = "http://10.0.0.1:8300"
      cluster_addr = "https://10.0.0.1:8301"
      disable_mlock = true
      "
    `);
  });

  it("include the certificates and the operator's variables for the seal", () => {
    expect(renderVaultConfig(node(tls), input())).toContain('  tls_key_file = "/etc/ssl/etcd/client.key"\n');
    expect(renderVaultEnv(node(tls), input(), true)).toMatchInlineSnapshot(`
      "# Written by swarmkeeper-agent; changes made here are lost.
      SWARMKEEPER_VAULT_IMAGE=hashicorp/vault:1.13
      SWARMKEEPER_VAULT_ARGS=--volume /etc/ssl/etcd:/etc/ssl/etcd:ro --volume /etc/ssl/ca:/etc/ssl/ca:ro --env-file /etc/swarmkeeper/vault-seal.env
      "
    `);
  });
});
