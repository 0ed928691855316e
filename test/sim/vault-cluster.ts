// A cluster in memory whose managers run Vault, and an operator who unseals it. Its invariant is checked on the fakes: the
// active Vault restarts with new settings only after all others run and serve with them.

import { VAULT_ENV_PATH } from "../../agent/vault/files.ts";
import { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { nodeId } from "../../crd-like-specs/resources/ids.ts";
import type { VaultAssignment } from "../../crd-like-specs/resources/vault.ts";
import { VAULT_UNIT } from "../../crd-like-specs/units/unit-name.ts";
import { operator } from "../fakes/vault/on-node.ts";
import type { FakeNode } from "../fakes/world.ts";
import { keys } from "../fakes/world.ts";
import { Cluster } from "./cluster.ts";

export const IMAGES = { old: "vault:1.13", new: "vault:1.14" };
/** The allowed age of an observation of a server that a controller acts on: a poll, a lease and a round. */
const STALE_MS = 30_000;

export class VaultCluster extends Cluster {
  /** By node name: when its server was last a standby, and its image. */
  readonly #standby = new Map<string, { at: number; image: string | undefined }>();
  #unseal: (...urls: string[]) => Promise<void> = async () => {};

  /** Three managers whose Vaults serve. */
  static async serving(workers: number, random?: () => number): Promise<VaultCluster> {
    const cluster = new VaultCluster({ managers: 3, workers, ...(random && { random }) });
    await cluster.until(() => cluster.ready(), 120);
    await cluster.put("managers", "3");
    await cluster.untilManagers(3);
    await cluster.put("vault/image", IMAGES.old);
    await cluster.put("vault/enabled", "true");
    await cluster.until(() => cluster.inState("uninitialised").length === 3, 60);
    cluster.#unseal = await operator(cluster.vault, urlOf(cluster.node("h1")));
    await cluster.unseal("h1", "h2", "h3");
    await cluster.until(() => cluster.reported("active").length === 1 && cluster.reported("standby").length === 2, 60);
    return cluster;
  }

  /** Unseals the servers of these nodes, as an operator does. */
  unseal(...names: string[]): Promise<void> {
    return this.#unseal(...names.map(name => urlOf(this.node(name))));
  }

  /** Names of the nodes whose server is in this state. */
  inState(state: ReturnType<VaultCluster["vault"]["state"]>): string[] {
    return this.nodes.filter(host => this.vault.state(urlOf(host)) === state).map(({ name }) => name);
  }

  /** Names of the nodes that report this state. */
  reported(state: string): string[] {
    return this.nodes.filter(host => host.status()?.vault?.state === state).map(({ name }) => name);
  }

  assigned(host: FakeNode): VaultAssignment | undefined {
    const kv = this.etcd.store.get(keys.assignments.of(nodeId(host.id())));
    return kv && Assignment.parse(JSON.parse(kv.value)).vault;
  }

  /** Names of the nodes that are assigned this image. */
  withImage(image: string): string[] {
    return this.nodes.filter(host => this.assigned(host)?.image === image).map(({ name }) => name);
  }

  get waits(): string[] {
    return this.status()?.vault?.waiting.map(({ what }) => what) ?? [];
  }

  /** The events about Vault: `REASON NODE`, oldest first. */
  vaultEvents(): string[] {
    return this.events().flatMap(({ topic, reason, node }) => (topic === "vault" ? [`${reason} ${node}`] : []));
  }

  /** Must be called often enough to notice every standby. */
  observe(): void {
    for (const name of this.inState("standby"))
      this.#standby.set(name, { at: this.clock.monotonic(), image: imageOn(this.node(name)) });
  }

  override onUnit(host: FakeNode, unit: string, run: AbortSignal): void {
    super.onUnit(host, unit, run);
    if (unit === VAULT_UNIT) run.addEventListener("abort", () => this.#stops(host));
  }

  /** Checks the invariant before the server stops. */
  #stops(host: FakeNode): void {
    this.observe();
    const wanted = this.assigned(host);
    const changes = host.powered && wanted !== undefined && wanted.image !== imageOn(host);
    if (!changes || this.vault.state(urlOf(host)) !== "active") return;
    for (const other of this.nodes) {
      if (other === host || !other.registered() || this.assigned(other) === undefined) continue;
      const seen = this.#standby.get(other.name);
      const fresh = seen !== undefined && this.clock.monotonic() - seen.at <= STALE_MS;
      if (!fresh || seen.image !== wanted.image)
        this.broken.push(`the active Vault on ${host.name} was restarted before that on ${other.name} served`);
    }
  }
}

export const urlOf = ({ address }: FakeNode): string => `http://${address}:8200`;

/** The image that the server was last started with. */
const imageOn = ({ disk }: FakeNode): string | undefined => /IMAGE=(.*)/.exec(disk.peek(VAULT_ENV_PATH) ?? "")?.[1];
