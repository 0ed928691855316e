// The address of a manager judged dead, which every host refuses to dial while another takes its place: a new host would
// dial it and wait.
import { same } from "../../crd-like-specs/resources/same.ts";
import type { World } from "../state/world.ts";
import type { Action } from "./actions.ts";

/** Not once a host is registered there again, and not longer than the operation (decision 11). */
export function planBlockedManagers({ input, nodes }: World): Action[] {
  const address = input.operation?.replaces?.address;
  const block = address !== undefined && isIPv4(address) && !nodes.some(node => node.registration?.address === address);
  const addresses = block ? [address] : [];
  return same(input.blocked?.addresses ?? [], addresses)
    ? []
    : [{ type: "write-blocked-managers", blocked: { addresses } }];
}

const isIPv4 = (text: string): boolean => /^\d+(\.\d+){3}$/.test(text);
