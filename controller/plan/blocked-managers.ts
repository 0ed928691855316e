// Blocks a dead manager while another replaces it: every node rejects its swarm port. Without that, a new node would
// dial it and wait.
import { same } from "../../crd-like-specs/resources/same.ts";
import type { World } from "../state/world.ts";
import type { Action } from "./actions.ts";

/** Blocks no longer than the operation, and not once a node is registered at that address again (decision 11). */
export function planBlockedManagers({ input, nodes }: World): Action[] {
  const address = input.operation?.replaces?.address;
  const block = address !== undefined && isIPv4(address) && !nodes.some(node => node.registration?.address === address);
  const addresses = block ? [address] : [];
  return same(input.blocked?.addresses ?? [], addresses)
    ? []
    : [{ type: "write-blocked-managers", blocked: { addresses } }];
}

const isIPv4 = (text: string): boolean => /^\d+(\.\d+){3}$/.test(text);
