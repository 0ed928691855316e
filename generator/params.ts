// The parameters of a cluster's hosts, complete and consistent: what a params file says, what it implies, and the
// defaults. The rules that two or more keys keep together are here, in bootstrap.ts and in tls.ts.
import type { EtcdBootstrap } from "../crd-like-specs/agent-config.ts";
import { managerUnits, workerUnits } from "../crd-like-specs/spec/unit-list.ts";
import type { Parsed } from "../crd-like-specs/validation.ts";
import { chooseBootstrap, chooseManagers } from "./bootstrap.ts";
import { slackUrlFault } from "./placeholders.ts";
import type { ReadParams } from "./read.ts";
import { chooseTls, type ReadShipped, type Tls } from "./tls.ts";
import type { Address } from "./values.ts";

export type Dialect = "coreos" | "cloud-init";

export interface Params {
  readonly dialect: Dialect;
  readonly managers: number;
  readonly prefix: string | undefined;
  readonly address: Address;
  readonly etcd: {
    readonly bootstrap: EtcdBootstrap;
    readonly token: string | undefined;
    readonly run: EtcdProgram;
    readonly clientTls: Tls | undefined;
    readonly peerTls: Tls | undefined;
  };
  readonly dockerSocket: string | undefined;
  readonly leaseSeconds: number | undefined;
  readonly release: { readonly url: string; readonly sha256: string };
  readonly slack: { readonly url: string; readonly channel: string | undefined } | undefined;
  readonly sshAuthorizedKeys: readonly string[];
  readonly rebootStrategy: "off" | "reboot";
  readonly units: { readonly manager: readonly string[]; readonly worker: readonly string[] };
}

export type EtcdProgram =
  | { readonly with: "binary"; readonly path: string }
  | { readonly with: "image"; readonly image: string };

// CoreOS and Flatcar have docker and no etcd of their own; 3.6.14 has all known fixes of etcd's access control.
const DEFAULT_ETCD: Readonly<Record<Dialect, EtcdProgram>> = {
  coreos: { with: "image", image: "quay.io/coreos/etcd:v3.6.14" },
  "cloud-init": { with: "binary", path: "/usr/bin/etcd" },
};
const DEFAULT_ADDRESS: Readonly<Record<Dialect, Address>> = {
  coreos: { from: "variable", variable: "private_ipv4" },
  "cloud-init": { from: "route", to: undefined },
};

/** Undefined when anything is wrong, with the file as read or in what follows; every problem is in `read.problems`. */
export function completeParams(read: ReadParams, readShipped: ReadShipped): Params | undefined {
  if (!read.readable) return undefined;
  const { given } = read;
  const dialect = given.dialect ?? "coreos";
  const bootstrap = chooseBootstrap(read);
  const managers = chooseManagers(read, bootstrap);
  const clientTls = chooseTls(read, "client", readShipped);
  const peerTls = chooseTls(read, "peer", readShipped);
  const address = given.address ?? DEFAULT_ADDRESS[dialect];
  const units = {
    manager: given["units-manager"] ?? managerUnits.default,
    worker: given["units-worker"] ?? workerUnits.default,
  };

  refuseForeignToDialect(read, dialect, address);
  if (given["etcd-binary"] !== undefined && given["etcd-image"] !== undefined)
    read.refuse("etcd-image", "etcd-image and etcd-binary exclude each other", "keep one of the two");
  if (given["slack-channel"] !== undefined && !read.has("slack-webhook-url"))
    read.refuse("slack-channel", "slack-channel does nothing without slack-webhook-url", "add slack-webhook-url");
  const placeholder = given["slack-webhook-url"] && slackUrlFault(given["slack-webhook-url"]);
  if (placeholder) read.refuse("slack-webhook-url", `slack-webhook-url: ${placeholder.message}`, placeholder.right);
  refuseList(read, "units-manager", managerUnits.parse(managerUnits.render(units.manager)));
  refuseList(read, "units-worker", workerUnits.parse(workerUnits.render(units.worker)));

  const url = given["release-url"];
  if (url === undefined && !read.has("release-url"))
    read.refuse(
      "release-url",
      "release-url is missing",
      "where hosts fetch the release's tar.gz; --release-url does as well",
    );
  const sha256 = given["release-sha256"];
  if (sha256 === undefined && !read.has("release-sha256"))
    read.refuse(
      "release-sha256",
      "release-sha256 is missing",
      "the first word of the release's .sha256 file; --release FILE computes it",
    );
  if (read.problems.length > 0 || bootstrap === undefined || url === undefined || sha256 === undefined)
    return undefined;

  const slackUrl = given["slack-webhook-url"];
  return {
    dialect,
    managers,
    prefix: given.prefix,
    address,
    etcd: { bootstrap, token: given["etcd-token"], run: chooseEtcd(read, dialect), clientTls, peerTls },
    dockerSocket: given["docker-socket"],
    leaseSeconds: given["lease-seconds"],
    release: { url, sha256 },
    slack: slackUrl === undefined ? undefined : { url: slackUrl, channel: given["slack-channel"] },
    sshAuthorizedKeys: given["ssh-authorized-keys"] ?? [],
    // Nothing makes hosts take turns yet: hosts that reboot when they like can take a quorum with them.
    rebootStrategy: given["reboot-strategy"] ?? "off",
    units,
  };
}

/** What the spec's own reading of a list of units holds against it as a whole. */
function refuseList(read: ReadParams, key: "units-manager" | "units-worker", list: Parsed<readonly string[]>): void {
  if (!list.ok) read.refuse(key, `${key}: ${list.error.message}`, list.error.expected);
}

function refuseForeignToDialect(read: ReadParams, dialect: Dialect, address: Address): void {
  if (dialect === "coreos") return;
  if (address.from === "variable")
    read.refuse("address", `cloud-init fills in no $${address.variable}`, "use interface:NAME, route or route:ADDRESS");
  if (read.given["reboot-strategy"] !== undefined)
    read.refuse("reboot-strategy", "reboot-strategy means something to CoreOS and Flatcar only", "take it out");
}

function chooseEtcd({ given }: ReadParams, dialect: Dialect): EtcdProgram {
  if (given["etcd-image"] !== undefined) return { with: "image", image: given["etcd-image"] };
  if (given["etcd-binary"] !== undefined) return { with: "binary", path: given["etcd-binary"] };
  return DEFAULT_ETCD[dialect];
}
