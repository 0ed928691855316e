// The Vaults of the managers as the leader sees them, and the settings that the spec asks for.
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";
import type { VaultAssignment, VaultPeer, VaultReport } from "../../crd-like-specs/resources/vault.ts";
import type { Spec } from "../../crd-like-specs/settings/spec.ts";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import { VAULT_UNIT } from "../../crd-like-specs/units/unit-name.ts";
import { compare, isPartlyManager, type Node } from "./nodes.ts";

export interface Peer {
  readonly node: Node;
  readonly name: string;
  readonly assigned: VaultAssignment;
  /** As its agent says, while that is there to say it. */
  readonly report: VaultReport | undefined;
  readonly state: VaultPeer["state"];
  /** It runs the settings that its host is assigned. */
  readonly hasApplied: boolean;
}

/** With which settings Vault is to run; undefined where the spec asks for none. */
export function settingsIn({ vault, units }: Spec): VaultAssignment | undefined {
  if (!vault.enabled) return undefined;
  const { image, port, storage, config } = vault;
  const unit = units.files[VAULT_UNIT]?.hash;
  const rest = {
    ...{ image, port, storage },
    ...(config !== "" && { config }),
    ...(unit !== undefined && { unit }),
  };
  return { hash: hashOf(JSON.stringify(rest)), ...rest };
}

/** What the planner goes by in one round. */
export interface Vaults {
  /** The settings that the spec asks for; undefined where it asks for no Vault. */
  readonly target: VaultAssignment | undefined;
  /** By name. */
  readonly peers: readonly Peer[];
}

export const vaultsIn = (spec: Spec, nodes: readonly Node[], removed: ReadonlySet<NodeId>): Vaults => ({
  target: settingsIn(spec),
  peers: peersIn(nodes, removed),
});

/** Of each host that is to run one; one that is dead and taken out does not count, or all would wait for ever. */
function peersIn(nodes: readonly Node[], removed: ReadonlySet<NodeId>): Peer[] {
  return nodes
    .flatMap((node): Peer[] => {
      const { assignment, registration, status, name } = node;
      const assigned = assignment?.vault;
      if (!assigned || !(registration || isPartlyManager(node)) || removed.has(node.id)) return [];
      const report = registration && status?.vault;
      const hasApplied = report?.settings === assigned.hash;
      return [{ node, name, assigned, report, state: report?.state ?? "unknown", hasApplied }];
    })
    .sort((a, b) => compare(a.name, b.name) || compare(a.node.id, b.node.id));
}
