// What an operator must know about each generated file: which nodes boot from it, and which secrets it holds.
import type { Role } from "../crd-like-specs/resources/role.ts";
import type { Params } from "./params.ts";
import type { Tls } from "./tls.ts";

/** Completes "for …". */
export function nodesOf({ etcd: { bootstrap } }: Params, role: Role): string {
  if (role === "worker") return "all other nodes, also those that are added later";
  switch (bootstrap.method) {
    case "static":
      return `the first managers: ${bootstrap.members.join(", ")}`;
    case "srv":
      return `the first managers: the nodes in the SRV records of ${bootstrap.domain}`;
    case "discovery":
      return "the first managers: as many nodes as the discovery token is for";
    case "none":
      return "the first manager: one node";
  }
}

/** The names of the secrets that a file holds, never a value. Both roles are given the same ones. */
export function secretsIn({ etcd, slack, release }: Params): string[] {
  const { username, password, search } = new URL(release.url);
  return [
    ...(slack === undefined ? [] : ["the Slack webhook URL"]),
    ...(shipsKey(etcd.clientTls) ? ["the private key of etcd's clients"] : []),
    ...(shipsKey(etcd.peerTls) ? ["the private key of etcd's peers"] : []),
    ...(etcd.bootstrap.method === "discovery" ? ["the discovery token"] : []),
    // A query is how a presigned URL carries its signature.
    ...(username + password + search === "" ? [] : ["the credentials in release-url"]),
  ];
}

const shipsKey = (tls: Tls | undefined): boolean => tls !== undefined && "pem" in tls.key;
