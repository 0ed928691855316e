// The Vaults of the managers as the leader sees them, and the settings that the spec asks for.
import type { Spec } from "../../../crd-like-specs/spec/spec.ts";
import { VAULT_UNIT } from "../../../crd-like-specs/spec/unit-name.ts";
import { hashOf } from "../../../crd-like-specs/units/text-hash.ts";
import type { VaultAssignment, VaultPeer, VaultReport } from "../../../crd-like-specs/vault.ts";
import { compare, type Host, isPartlyManager } from "../../state/hosts.ts";
import type { World } from "../../state/world.ts";
import { isTakenOut } from "../replace.ts";

export interface Peer {
  readonly host: Host;
  readonly name: string;
  readonly assigned: VaultAssignment;
  /** As its agent says, while that is there to say it. */
  readonly report: VaultReport | undefined;
  readonly state: VaultPeer["state"];
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

export const vaultsIn = (world: World): Vaults => ({ target: settingsIn(world.input.spec), peers: peersIn(world) });

/** Of everyone who is to run one; whoever is dead and taken out does not count, or all would wait for ever. */
function peersIn(world: World): Peer[] {
  return world.hosts
    .flatMap((host): Peer[] => {
      const { assignment, registration, status, name } = host;
      const assigned = assignment?.vault;
      if (!assigned || !(registration || isPartlyManager(host)) || isTakenOut(world, host)) return [];
      const report = registration && status?.vault;
      return [{ host, name, assigned, report, state: report?.state ?? "unknown" }];
    })
    .sort((a, b) => compare(a.name, b.name) || compare(a.host.id, b.host.id));
}

/** It runs the settings that its host is assigned. */
export const hasTaken = ({ report, assigned }: Peer): boolean => report?.settings === assigned.hash;
