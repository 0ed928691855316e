// Chooses how the first etcd members find each other: by the key of a method, or by `etcd-bootstrap`.
import type { EtcdBootstrap } from "../crd-like-specs/agent-config.ts";
import { invalid, type Validated, type ValidationError } from "../crd-like-specs/validation.ts";
import type { Given, Key } from "./keys.ts";
import { errorAt, type ParamsReading } from "./read.ts";
import { managers } from "./values.ts";

export type Method = EtcdBootstrap["method"];

/** The keys that belong to only one method. */
const METHOD_KEYS: readonly (readonly [Key, Method])[] = [
  ["etcd-members", "static"],
  ["etcd-discovery-srv", "srv"],
  ["etcd-discovery-url", "discovery"],
  ["coreos-cluster-token", "discovery"],
  ["etcd-join", "none"],
];

const NEEDS: Readonly<Record<Method, string>> = {
  static: "etcd-members: the addresses of the first managers",
  srv: "etcd-discovery-srv: the domain of the SRV records",
  discovery: "etcd-discovery-url or coreos-cluster-token",
  none: "etcd-join: the address of the one manager, which all other nodes join",
};

const NO_METHOD: ValidationError = {
  message: "no key defines how the first etcd members find each other",
  expected:
    "set etcd-members, etcd-discovery-srv, etcd-discovery-url or coreos-cluster-token; or etcd-join for one manager",
};

/** The method in `etcd-bootstrap`, otherwise that of the first key of a method; undefined without a valid one. */
export function bootstrapMethod({ given, places }: ParamsReading): Method | undefined {
  if (places.has("etcd-bootstrap")) return given["etcd-bootstrap"];
  return METHOD_KEYS.find(([key]) => places.has(key))?.[1];
}

/** Does not repeat the errors of single values. */
export function chooseBootstrap(read: ParamsReading, method: Method | undefined): Validated<EtcdBootstrap> {
  if (method === undefined) return read.places.has("etcd-bootstrap") ? invalid() : invalid(NO_METHOD);
  const bootstrap = bootstrapBy(method, read.given);
  const errors = [...keyErrors(read, method), ...(method === "static" ? memberErrors(read) : [])];
  return bootstrap && errors.length === 0 ? { ok: true, value: bootstrap } : invalid(...errors);
}

/** The errors unless exactly one key of the chosen method is set. */
function keyErrors(read: ParamsReading, method: Method): ValidationError[] {
  const present = METHOD_KEYS.filter(([key]) => read.places.has(key));
  const chosenBy = read.given["etcd-bootstrap"] === undefined ? present[0]?.[0] : `etcd-bootstrap: ${method}`;
  const exclusive = (key: Key, other: string | undefined) =>
    errorAt(read, key, `${key} and ${other} exclude each other`, "keep one of the two");
  const [first, second] = present.filter(([, itsMethod]) => itsMethod === method).map(([key]) => key);
  return [
    ...present.filter(([, itsMethod]) => itsMethod !== method).map(([key]) => exclusive(key, chosenBy)),
    ...(first === undefined
      ? [errorAt(read, "etcd-bootstrap", `etcd-bootstrap is ${method}, but its key is missing`, `add ${NEEDS[method]}`)]
      : []),
    ...(second === undefined ? [] : [exclusive(second, first)]),
  ];
}

/** Every first member is a manager, so their number must be a valid number of managers. */
function memberErrors(read: ParamsReading): ValidationError[] {
  const members = read.given["etcd-members"];
  const count = members && managers.parse(String(members.length));
  if (count === undefined || count.ok) return [];
  return [errorAt(read, "etcd-members", `etcd-members: ${count.error.message}`, count.error.expected)];
}

/** Undefined if the key that the method needs has no valid value. */
function bootstrapBy(method: Method, given: Given): EtcdBootstrap | undefined {
  switch (method) {
    case "static": {
      const members = given["etcd-members"];
      return members && { method, members };
    }
    case "srv": {
      const domain = given["etcd-discovery-srv"];
      return domain === undefined ? undefined : { method, domain };
    }
    case "discovery": {
      const url = given["etcd-discovery-url"] ?? given["coreos-cluster-token"];
      return url === undefined ? undefined : { method, url };
    }
    case "none": {
      const join = given["etcd-join"];
      return join && { method, join };
    }
  }
}

/** The number of managers in the initial spec. */
export function chooseManagers(read: ParamsReading, method: Method | undefined): Validated<number> {
  const { managers: wanted, "etcd-members": members } = read.given;
  if (method === "static" && members !== undefined) {
    const message = `managers is ${wanted}, but etcd-members lists ${members.length} first managers`;
    return wanted !== undefined && wanted < members.length
      ? invalid(errorAt(read, "managers", message, `use ${members.length}`))
      : { ok: true, value: wanted ?? members.length };
  }
  if (method === "none") {
    const message = `etcd-join is for a cluster that starts with one manager, not with ${wanted}`;
    return wanted !== undefined && wanted > 1
      ? invalid(errorAt(read, "managers", message, "use 1, and increase spec/managers when the cluster runs"))
      : { ok: true, value: 1 };
  }
  return { ok: true, value: wanted ?? 3 };
}
