// Every key of a params file, with its field. deploy/examples/params.yml explains each key.
import { ownAddress, reachable } from "./loopback.ts";
import {
  absolutePath,
  address,
  channel,
  discoveryToken,
  domain,
  fileSource,
  hostname,
  image,
  ipv4,
  keyPrefix,
  leaseSeconds,
  listOf,
  managers,
  name,
  oneOf,
  type ParamField,
  secretUrl,
  sha256,
  sshKey,
  unitName,
  url,
} from "./values.ts";

export const textKeys = {
  dialect: oneOf("coreos", "cloud-init"),
  // A key of coreos-docker-swarm-cluster, which selected the file to make. It has no effect: both are always made.
  "node-role": oneOf("manager", "worker"),
  managers,
  prefix: keyPrefix,
  address: ownAddress(address),
  "coreos-cluster-token": discoveryToken,
  "etcd-bootstrap": oneOf("static", "srv", "discovery", "none"),
  "etcd-discovery-url": url("http://discovery.example.com:2381/6f1c"),
  "etcd-discovery-srv": domain,
  "etcd-token": name,
  "etcd-binary": absolutePath("/usr/bin/etcd"),
  "etcd-image": image,
  "etcd-client-cert": fileSource,
  "etcd-client-key": fileSource,
  "etcd-client-ca": fileSource,
  "etcd-peer-cert": fileSource,
  "etcd-peer-key": fileSource,
  "etcd-peer-ca": fileSource,
  "docker-socket": absolutePath("/run/docker.sock"),
  "lease-seconds": leaseSeconds,
  "release-url": url("https://example.com/file.tar.gz"),
  "release-sha256": sha256,
  "reboot-strategy": oneOf("off", "reboot"),
  "slack-webhook-url": secretUrl,
  "slack-channel": channel,
};

export const listKeys = {
  "etcd-members": listOf(reachable(ipv4)),
  "etcd-join": listOf(reachable(hostname)),
  "ssh-authorized-keys": sshKey,
  "units-manager": listOf(unitName),
  "units-worker": listOf(unitName),
};

type ValueOf<K> = K extends ParamField<infer T> ? T : never;
/** The valid values in a params file, not yet checked against each other. */
export type Given = { [K in keyof typeof textKeys]?: ValueOf<(typeof textKeys)[K]> } & {
  [K in keyof typeof listKeys]?: ValueOf<(typeof listKeys)[K]>[];
};
export type Key = keyof Given;

export const allKeys = { ...textKeys, ...listKeys };
export const isKey = (text: string): text is Key => Object.hasOwn(allKeys, text);
