// How the first etcd members find each other: one method, chosen by the key that it needs or by `etcd-bootstrap`.
import type { EtcdBootstrap } from "../crd-like-specs/agent-config.ts";
import type { Key } from "./keys.ts";
import type { ReadParams } from "./read.ts";
import { managers, Refusal } from "./values.ts";

type Method = EtcdBootstrap["method"];

/** The keys that belong to one method alone. */
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
  none: "etcd-join: the address of the one manager, where all other hosts join",
};

/** Undefined when there is a problem with it, which is then in `read.problems`. */
export function chooseBootstrap(read: ReadParams): EtcdBootstrap | undefined {
  const { given } = read;
  const present = METHOD_KEYS.filter(([key]) => read.has(key));
  const method = given["etcd-bootstrap"] ?? (read.has("etcd-bootstrap") ? undefined : present[0]?.[1]);
  if (method === undefined) {
    if (!read.has("etcd-bootstrap"))
      read.refuse(
        "etcd-bootstrap",
        "nothing says how the first etcd members find each other",
        "give etcd-members, etcd-discovery-srv, etcd-discovery-url or coreos-cluster-token; or etcd-join for one manager",
      );
    return undefined;
  }
  const chosenBy = given["etcd-bootstrap"] === undefined ? present[0]?.[0] : `etcd-bootstrap: ${method}`;
  for (const [key, itsMethod] of present)
    if (itsMethod !== method) read.refuse(key, `${key} and ${chosenBy} exclude each other`, "keep one of the two");
  const own = present.filter(([, itsMethod]) => itsMethod === method).map(([key]) => key);
  const [first, second] = own;
  if (first === undefined)
    read.refuse("etcd-bootstrap", `etcd-bootstrap ${method} lacks its key`, `add ${NEEDS[method]}`);
  if (second !== undefined) read.refuse(second, `${second} and ${first} exclude each other`, "keep one of the two");

  switch (method) {
    case "static": {
      const members = given["etcd-members"];
      const count = members && managers.parse(String(members.length));
      if (count instanceof Refusal) read.refuse("etcd-members", `etcd-members: ${count.message}`, count.right);
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

/** How many managers the initial spec wants. */
export function chooseManagers(read: ReadParams, bootstrap: EtcdBootstrap | undefined): number {
  const wanted = read.given.managers;
  if (bootstrap?.method === "static") {
    const members = bootstrap.members.length;
    if (wanted !== undefined && wanted < members)
      read.refuse(
        "managers",
        `managers is ${wanted}, but etcd-members names ${members} first managers`,
        `use ${members}`,
      );
    return wanted ?? members;
  }
  if (bootstrap?.method === "none") {
    if (wanted !== undefined && wanted > 1)
      read.refuse(
        "managers",
        `etcd-join is for a cluster that starts with one manager, not with ${wanted}`,
        "use 1, and put more into spec/managers once it runs",
      );
    return 1;
  }
  return wanted ?? 3;
}
