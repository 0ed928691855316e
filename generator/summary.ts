// Describes each generated file for the operator: which nodes boot from it, and which secrets it contains.
import type { Role } from "../crd-like-specs/resources/role.ts";
import type { Params } from "./params.ts";
import type { Tls } from "./tls.ts";

/** Completes "for …". */
export function nodesOf({ etcd: { bootstrap } }: Params, role: Role): string {
  if (role === "worker") return "all other nodes, including nodes added later";
  switch (bootstrap.method) {
    case "static":
      return `the first managers: ${bootstrap.members.join(", ")}`;
    case "srv":
      return `the first managers: the nodes in the SRV records of ${bootstrap.domain}`;
    case "discovery":
      return "the first managers: as many nodes as the size of the discovery token";
    case "none":
      return "the first manager: one node";
  }
}

/** The names of the secrets in a file, never a value. The files of both roles contain the same secrets. */
export function secretsIn({ etcd, slack, release }: Params): string[] {
  const { username, password, search } = new URL(release.url);
  return [
    ...(slack === undefined ? [] : ["the Slack webhook URL"]),
    ...(shipsKey(etcd.clientTls) ? ["the private key of etcd's clients"] : []),
    ...(shipsKey(etcd.peerTls) ? ["the private key of etcd's peers"] : []),
    ...(etcd.bootstrap.method === "discovery" ? ["the discovery token"] : []),
    // The query of a presigned URL contains its signature.
    ...(username + password + search === "" ? [] : ["the credentials in release-url"]),
  ];
}

const shipsKey = (tls: Tls | undefined): boolean => tls !== undefined && "pem" in tls.key;
