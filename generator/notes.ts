// Hints for the operator about valid params.
import { isLoopback } from "./loopback.ts";
import type { Params } from "./params.ts";
import { isPublicDiscovery } from "./values.ts";

/** One clause for each hint. */
export function notesOn({ etcd: { bootstrap }, managers, release }: Params): string[] {
  const notes: string[] = [];
  if (bootstrap.method === "discovery" && isPublicDiscovery(bootstrap.url))
    notes.push("discovery.etcd.io is deprecated and does not always answer: etcd-members needs no external service");
  if (bootstrap.method === "static" && managers > bootstrap.members.length) {
    const count = bootstrap.members.length;
    notes.push(
      `managers is ${managers} and etcd-members lists ${count}: swarmkeeper promotes ${managers - count} workers once the cluster runs`,
    );
  }
  if (isLoopback(new URL(release.url).hostname))
    notes.push("release-url is a loopback address: each node fetches the release from itself");
  if (bootstrap.method === "discovery" && isLoopback(new URL(bootstrap.url).hostname))
    notes.push("the discovery URL is a loopback address: each node queries itself");
  return notes;
}
