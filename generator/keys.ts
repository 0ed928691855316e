// Every key that a params file may hold, and the kind of its value. deploy/examples/params.yml explains each.
import { ownAddress, reachable } from "./loopback.ts";
import {
  absolutePath,
  address,
  channel,
  discoveryToken,
  domain,
  fileSource,
  host,
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
  // The original set it while it made one file after the other; here both are always made, so it decides nothing.
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
  "etcd-join": listOf(reachable(host)),
  "ssh-authorized-keys": sshKey,
  "units-manager": listOf(unitName),
  "units-worker": listOf(unitName),
};

type ValueOf<K> = K extends ParamField<infer T> ? T : never;
/** The values that were given, each of its kind, not yet checked against each other. */
export type Given = { [K in keyof typeof textKeys]?: ValueOf<(typeof textKeys)[K]> } & {
  [K in keyof typeof listKeys]?: ValueOf<(typeof listKeys)[K]>[];
};
export type Key = keyof Given;

export const allKeys = { ...textKeys, ...listKeys };
export const isKey = (text: string): text is Key => Object.hasOwn(allKeys, text);
