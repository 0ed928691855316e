import { expect, it } from "vitest";
import { AgentConfig } from "../../crd-like-specs/agent-config.ts";
import { renderEtcdEnv } from "./env.ts";

const config = (etcd: object) =>
  AgentConfig.parse({ role: "manager", etcd: { bootstrap: { method: "none", join: [] }, ...etcd } }).etcd;

it("etcd.env of a proxy has the endpoints to forward to", () => {
  const env = renderEtcdEnv(config({}), {
    mode: "proxy",
    endpoints: ["http://10.0.0.1:2379", "http://10.0.0.2:2379"],
  });
  expect(env).toMatchInlineSnapshot(`
    "# Written by swarmkeeper-agent; changes made here are lost.
    SWARMKEEPER_ETCD_BINARY=/usr/bin/etcd
    SWARMKEEPER_ETCD_DATA=/var/lib/swarmkeeper/etcd
    SWARMKEEPER_ETCD_ENDPOINTS=10.0.0.1:2379,10.0.0.2:2379
    "
  `);
});

it("etcd.env of a member has its whole configuration, with its certificates", () => {
  const tls = (name: string) => ({ cert: `/tls/${name}.crt`, key: `/tls/${name}.key`, ca: "/tls/ca.crt" });
  const env = renderEtcdEnv(
    config({
      run: { with: "image", image: "quay.io/coreos/etcd:v3.5.16" },
      token: "blue",
      clientTls: tls("client"),
      peerTls: tls("peer"),
    }),
    {
      mode: "member",
      address: "10.0.0.1",
      initial: "new",
      started: false,
      initialCluster: [
        { name: "10.0.0.1", peerUrl: "https://10.0.0.1:2380" },
        { name: "10.0.0.2", peerUrl: "https://10.0.0.2:2380" },
      ],
    },
  );
  expect(env).toMatchInlineSnapshot(`
    "# Written by swarmkeeper-agent; changes made here are lost.
    SWARMKEEPER_ETCD_IMAGE=quay.io/coreos/etcd:v3.5.16
    SWARMKEEPER_ETCD_DATA=/var/lib/swarmkeeper/etcd
    ETCD_NAME=10.0.0.1
    ETCD_DATA_DIR=/var/lib/swarmkeeper/etcd
    ETCD_LISTEN_CLIENT_URLS=https://127.0.0.1:2379,https://10.0.0.1:2379
    ETCD_ADVERTISE_CLIENT_URLS=https://10.0.0.1:2379
    ETCD_LISTEN_PEER_URLS=https://10.0.0.1:2380
    ETCD_INITIAL_ADVERTISE_PEER_URLS=https://10.0.0.1:2380
    ETCD_INITIAL_CLUSTER=10.0.0.1=https://10.0.0.1:2380,10.0.0.2=https://10.0.0.2:2380
    ETCD_INITIAL_CLUSTER_STATE=new
    ETCD_INITIAL_CLUSTER_TOKEN=blue
    ETCD_AUTO_COMPACTION_MODE=periodic
    ETCD_AUTO_COMPACTION_RETENTION=1h
    ETCD_CERT_FILE=/tls/client.crt
    ETCD_KEY_FILE=/tls/client.key
    ETCD_TRUSTED_CA_FILE=/tls/ca.crt
    ETCD_CLIENT_CERT_AUTH=true
    ETCD_PEER_CERT_FILE=/tls/peer.crt
    ETCD_PEER_KEY_FILE=/tls/peer.key
    ETCD_PEER_TRUSTED_CA_FILE=/tls/ca.crt
    ETCD_PEER_CLIENT_CERT_AUTH=true
    "
  `);
});
