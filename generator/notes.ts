// What an operator should know although nothing is wrong.
import { isLoopback } from "./loopback.ts";
import type { Params } from "./params.ts";
import { isPublicDiscovery } from "./values.ts";

/** One sentence each. */
export function notesOn({ etcd: { bootstrap }, managers, release }: Params): string[] {
  const notes: string[] = [];
  if (bootstrap.method === "discovery" && isPublicDiscovery(bootstrap.url))
    notes.push("discovery.etcd.io is deprecated and does not always answer: etcd-members needs no service of others");
  if (bootstrap.method === "static" && managers > bootstrap.members.length) {
    const count = bootstrap.members.length;
    notes.push(
      `managers is ${managers} and etcd-members names ${count}: swarmkeeper promotes ${managers - count} workers once the cluster runs`,
    );
  }
  if (isLoopback(new URL(release.url).hostname))
    notes.push("release-url is a loopback address: each host fetches the release from itself");
  if (bootstrap.method === "discovery" && isLoopback(new URL(bootstrap.url).hostname))
    notes.push("the discovery URL is a loopback address: each host asks itself");
  return notes;
}
