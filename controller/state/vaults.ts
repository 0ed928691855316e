// The Vault peers of the managers, and the settings that the spec requires.
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Registration } from "../../crd-like-specs/resources/registration.ts";
import type { VaultAssignment, VaultPeer, VaultReport } from "../../crd-like-specs/resources/vault.ts";
import type { Spec } from "../../crd-like-specs/settings/spec.ts";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import { VAULT_UNIT } from "../../crd-like-specs/units/unit-name.ts";
import { compare, isPartlyManager, type Node } from "./nodes.ts";

export interface Peer {
  readonly node: Node;
  readonly name: string;
  readonly assigned: VaultAssignment;
  /** From its agent's status since its last boot; undefined while the agent is not registered. */
  readonly report: VaultReport | undefined;
  readonly state: VaultPeer["state"];
  /** It runs the settings of its node's assignment. */
  readonly hasApplied: boolean;
}

/** The settings with which Vault must run, with their hash; undefined where Vault is disabled. */
export function settingsIn({ vault, units }: Spec): VaultAssignment | undefined {
  if (!vault.enabled) return undefined;
  const { image, port, storage, config } = vault;
  const unit = units.files[VAULT_UNIT]?.hash;
  const settings = {
    ...{ image, port, storage },
    ...(config !== "" && { config }),
    ...(unit !== undefined && { unit }),
  };
  return { hash: hashOf(JSON.stringify(settings)), ...settings };
}

/** The facts about Vault that planners share in one round. */
export interface Vaults {
  /** The settings that the spec requires; undefined where Vault is disabled. */
  readonly target: VaultAssignment | undefined;
  /** By name. */
  readonly peers: readonly Peer[];
}

export const vaultsIn = (spec: Spec, nodes: readonly Node[], removed: ReadonlySet<NodeId>): Vaults => ({
  target: settingsIn(spec),
  peers: peersIn(nodes, removed),
});

/** A status outlives a loss of power: a node registers again before its first report of the new boot. */
const reportOfThisBoot = ({ bootId }: Registration, report: VaultReport | undefined): VaultReport | undefined =>
  (report?.bootId ?? bootId) === bootId ? report : undefined;

/**
 * The peers on nodes with a Vault in their assignment. A removed node is left out: the others would wait for it
 * forever.
 */
function peersIn(nodes: readonly Node[], removed: ReadonlySet<NodeId>): Peer[] {
  return nodes
    .flatMap((node): Peer[] => {
      const { assignment, registration, status, name } = node;
      const assigned = assignment?.vault;
      if (!assigned || !(registration || isPartlyManager(node)) || removed.has(node.id)) return [];
      const report = registration && reportOfThisBoot(registration, status?.vault);
      const hasApplied = report?.settings === assigned.hash;
      return [{ node, name, assigned, report, state: report?.state ?? "unknown", hasApplied }];
    })
    .sort((a, b) => compare(a.name, b.name) || compare(a.node.id, b.node.id));
}
