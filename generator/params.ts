// The complete and consistent params of a cluster: the values of the params file, and defaults. The rules about several
// keys are here, in bootstrap.ts and in tls.ts.
import type { EtcdBootstrap } from "../crd-like-specs/agent-config.ts";
import { managerUnits, workerUnits } from "../crd-like-specs/units/unit-list.ts";
import { errorsOf, invalid, type Parsed, type Validated, type ValidationError } from "../crd-like-specs/validation.ts";
import { bootstrapMethod, chooseBootstrap, chooseManagers } from "./bootstrap.ts";
import { slackUrlError } from "./placeholders.ts";
import { errorAt, type ParamsReading } from "./read.ts";
import type { Release } from "./release-options.ts";
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
  readonly release: Release;
  readonly slack: { readonly url: string; readonly channel: string | undefined } | undefined;
  readonly sshAuthorizedKeys: readonly string[];
  readonly rebootStrategy: "off" | "reboot";
  readonly units: { readonly manager: readonly string[]; readonly worker: readonly string[] };
}

export type EtcdProgram =
  | { readonly with: "binary"; readonly path: string }
  | { readonly with: "image"; readonly image: string };

// CoreOS and Flatcar have Docker and no etcd. Version 3.6.14 has all known fixes of etcd's access control.
const DEFAULT_ETCD: Readonly<Record<Dialect, EtcdProgram>> = {
  coreos: { with: "image", image: "quay.io/coreos/etcd:v3.6.14" },
  "cloud-init": { with: "binary", path: "/usr/bin/etcd" },
};
const DEFAULT_ADDRESS: Readonly<Record<Dialect, Address>> = {
  coreos: { from: "variable", variable: "private_ipv4" },
  "cloud-init": { from: "route", to: undefined },
};

/**
 * Checks the values against each other and adds defaults. The result has all errors of the file, including those of
 * `read`.
 */
export function completeParams(
  read: ParamsReading,
  release: Validated<Release>,
  readShipped: ReadShipped,
): Validated<Params> {
  if (!read.readable) return invalid(...read.errors);
  const { given } = read;
  const dialect = given.dialect ?? "coreos";
  const method = bootstrapMethod(read);
  const bootstrap = chooseBootstrap(read, method);
  const managers = chooseManagers(read, method);
  const clientTls = chooseTls(read, "client", readShipped);
  const peerTls = chooseTls(read, "peer", readShipped);
  const address = given.address ?? DEFAULT_ADDRESS[dialect];
  const units = {
    manager: given["units-manager"] ?? managerUnits.default,
    worker: given["units-worker"] ?? workerUnits.default,
  };
  const errors = [
    ...read.errors,
    ...[bootstrap, managers, clientTls, peerTls].flatMap(errorsOf),
    ...dialectErrors(read, dialect, address),
    ...combinationErrors(read),
    ...listErrors(read, "units-manager", managerUnits.parse(managerUnits.render(units.manager))),
    ...listErrors(read, "units-worker", workerUnits.parse(workerUnits.render(units.worker))),
    ...errorsOf(release),
  ];
  if (errors.length > 0 || !bootstrap.ok || !managers.ok || !clientTls.ok || !peerTls.ok || !release.ok)
    return invalid(...errors);

  const slackUrl = given["slack-webhook-url"];
  const params: Params = {
    dialect,
    managers: managers.value,
    prefix: given.prefix,
    address,
    etcd: {
      bootstrap: bootstrap.value,
      token: given["etcd-token"],
      run: chooseEtcd(read, dialect),
      clientTls: clientTls.value,
      peerTls: peerTls.value,
    },
    dockerSocket: given["docker-socket"],
    leaseSeconds: given["lease-seconds"],
    release: release.value,
    slack: slackUrl === undefined ? undefined : { url: slackUrl, channel: given["slack-channel"] },
    sshAuthorizedKeys: given["ssh-authorized-keys"] ?? [],
    // Reboots are not coordinated yet: nodes that reboot at the same time can lose the quorum.
    rebootStrategy: given["reboot-strategy"] ?? "off",
    units,
  };
  return { ok: true, value: params };
}

/** Keys that exclude each other, keys without effect, and placeholders. */
function combinationErrors(read: ParamsReading): ValidationError[] {
  const { given, places } = read;
  const slackUrl = given["slack-webhook-url"];
  const placeholder = slackUrl === undefined ? undefined : slackUrlError(slackUrl);
  return [
    ...(given["etcd-binary"] !== undefined && given["etcd-image"] !== undefined
      ? [errorAt(read, "etcd-image", "etcd-image and etcd-binary exclude each other", "keep one of the two")]
      : []),
    ...(given["slack-channel"] !== undefined && !places.has("slack-webhook-url")
      ? [
          errorAt(
            read,
            "slack-channel",
            "slack-channel has no effect without slack-webhook-url",
            "add slack-webhook-url",
          ),
        ]
      : []),
    ...(placeholder === undefined
      ? []
      : [errorAt(read, "slack-webhook-url", `slack-webhook-url: ${placeholder.message}`, placeholder.expected)]),
  ];
}

/** The error of the whole list of units, by the parser of the spec. */
function listErrors(
  read: ParamsReading,
  key: "units-manager" | "units-worker",
  list: Parsed<readonly string[]>,
): ValidationError[] {
  return list.ok ? [] : [errorAt(read, key, `${key}: ${list.error.message}`, list.error.expected)];
}

/** Values that only the other dialect supports. */
function dialectErrors(read: ParamsReading, dialect: Dialect, address: Address): ValidationError[] {
  if (dialect === "coreos") return [];
  const variable = address.from === "variable" ? address.variable : undefined;
  const strategy = read.given["reboot-strategy"];
  return [
    ...(variable === undefined
      ? []
      : [
          errorAt(
            read,
            "address",
            `cloud-init does not replace $${variable}`,
            "use interface:NAME, route or route:ADDRESS",
          ),
        ]),
    ...(strategy === undefined
      ? []
      : [errorAt(read, "reboot-strategy", "reboot-strategy has an effect only on CoreOS and Flatcar", "remove it")]),
  ];
}

function chooseEtcd({ given }: ParamsReading, dialect: Dialect): EtcdProgram {
  if (given["etcd-image"] !== undefined) return { with: "image", image: given["etcd-image"] };
  if (given["etcd-binary"] !== undefined) return { with: "binary", path: given["etcd-binary"] };
  return DEFAULT_ETCD[dialect];
}
