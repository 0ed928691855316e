// A cluster in memory whose managers run Vault, and an operator who unseals it. Its invariant is checked on the fakes
// whenever a serving server is assigned other settings: all others serve. Before the active one, they do so with the new
// settings.
//
// The leader knows servers by the reports of their nodes, and a report is seconds old. A standby that becomes active in
// these seconds, or between its assignment and its restart, restarts while it is active, and no controller could know.
// Therefore "active" and "serves" are judged twice when the settings are assigned: by what etcd and the rafts showed one
// round ago, which the leader knew, and by the true state so long ago that the leader had to know.

import { isDeepStrictEqual } from "node:util";
import { VAULT_ENV_PATH } from "../../agent/vault/files.ts";
import { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { nodeId } from "../../crd-like-specs/resources/ids.ts";
import { isServing, type VaultAssignment, type VaultReport } from "../../crd-like-specs/resources/vault.ts";
import { operator } from "../fakes/vault/on-node.ts";
import type { FakeNode } from "../fakes/world.ts";
import { keys } from "../fakes/world.ts";
import { Cluster } from "./cluster.ts";

export const IMAGES = { old: "vault:1.13", new: "vault:1.14" };
/** The leader knows what is in etcd and which nodes have power after this time: a round, and the probe of a member. */
const ROUND_MS = 3_000;
/**
 * The leader knows the true state of a server after this time: a poll every five seconds, five more while the server does
 * not answer, a crash of the agent, and a round. A loss of power or a return does not extend it.
 */
const STALE_MS = 15_000;

/** A server from a moment on: its true state, and its node's report. */
interface Observed {
  readonly from: number;
  readonly powered: boolean;
  readonly state: string | undefined;
  readonly image: string | undefined;
  readonly assigned: string | undefined;
  readonly reported: string | undefined;
  /** The image of the settings that it is reported to run. */
  readonly runs: string | undefined;
}

interface Written {
  readonly revisions: readonly number[];
  readonly assigned: string | undefined;
  readonly hash: string | undefined;
  readonly report: VaultReport | undefined;
}

export class VaultCluster extends Cluster {
  /** By node name, oldest first. The last one is current. */
  readonly #history = new Map<string, Observed[]>();
  readonly #written = new Map<string, Written>();
  /** By the hash of settings. */
  readonly #images = new Map<string, string>();
  #unseal: (...urls: string[]) => Promise<void> = async () => {};

  /** Three managers whose Vaults serve. */
  static async serving(workers: number, random?: () => number): Promise<VaultCluster> {
    const cluster = new VaultCluster({ managers: 3, workers, ...(random && { random }) });
    let { revision } = cluster.etcd.store;
    cluster.etcd.onChange(() => {
      if (revision === cluster.etcd.store.revision) return;
      revision = cluster.etcd.store.revision;
      cluster.observe();
    });
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
    return this.nodes.filter(node => this.vault.state(urlOf(node)) === state).map(({ name }) => name);
  }

  /** Names of the nodes that report this state. */
  reported(state: string): string[] {
    return this.nodes.filter(node => node.status()?.vault?.state === state).map(({ name }) => name);
  }

  assigned(node: FakeNode): VaultAssignment | undefined {
    const kv = this.etcd.store.get(keys.assignments.of(nodeId(node.id())));
    return kv && Assignment.parse(JSON.parse(kv.value)).vault;
  }

  /** Names of the nodes that are assigned this image. */
  withImage(image: string): string[] {
    return this.nodes.filter(node => this.assigned(node)?.image === image).map(({ name }) => name);
  }

  get waits(): string[] {
    return this.status()?.vault?.waiting.map(({ what }) => what) ?? [];
  }

  /** The events about Vault: `REASON NODE`, oldest first. */
  vaultEvents(): string[] {
    return this.events().flatMap(({ topic, reason, node }) => (topic === "vault" ? [`${reason} ${node}`] : []));
  }

  /** Must be called often enough to notice every state of a server. Every change of etcd calls it too. */
  observe(): void {
    const changes = this.nodes.flatMap(node => {
      const entries = this.#history.get(node.name) ?? [];
      const before = entries.at(-1);
      const observed = this.#observedOf(node);
      if (isDeepStrictEqual(before, { ...observed, from: before?.from })) return [];
      const fresh = entries.filter(
        (_, index) => (entries[index + 1]?.from ?? observed.from) >= observed.from - STALE_MS,
      );
      this.#history.set(node.name, [...fresh, observed]);
      const image =
        before?.assigned !== undefined && before.assigned !== observed.assigned ? observed.assigned : undefined;
      return image === undefined ? [] : [{ node, image }];
    });
    for (const { node, image } of changes) this.#changes(node, image);
  }

  #observedOf(node: FakeNode): Observed {
    const { assigned: image, hash, report } = this.#writtenOf(node);
    if (image !== undefined && hash !== undefined) this.#images.set(hash, image);
    return {
      from: this.clock.monotonic(),
      powered: node.powered,
      state: this.vault.state(urlOf(node)),
      image: imageOn(node),
      assigned: image,
      reported: report?.state,
      runs: report?.settings === undefined ? undefined : this.#images.get(report.settings),
    };
  }

  /** The node's keys in etcd, parsed only when they have changed. */
  #writtenOf(node: FakeNode): Written {
    const id = nodeId(node.id());
    const revisions = [keys.assignments.of(id), keys.nodeStatus.of(id)].map(
      key => this.etcd.store.get(key)?.modRevision ?? 0,
    );
    const known = this.#written.get(node.name);
    if (known && isDeepStrictEqual(known.revisions, revisions)) return known;
    const { image, hash } = this.assigned(node) ?? {};
    const written = { revisions, assigned: image, hash, report: node.status()?.vault };
    this.#written.set(node.name, written);
    return written;
  }

  /** The time since this was last true, in milliseconds: 0 while it is. */
  #ago(node: FakeNode, is: (observed: Observed) => boolean): number {
    const entries = this.#history.get(node.name) ?? [];
    const last = entries.findLastIndex(is);
    if (last < 0) return Number.POSITIVE_INFINITY;
    return last === entries.length - 1 ? 0 : this.clock.monotonic() - (entries[last + 1]?.from ?? 0);
  }

  /** Checks the invariant: the node was just assigned another image. */
  #changes(node: FakeNode, image: string): void {
    const voters = this.voters();
    const others = this.nodes.filter(
      other => other !== node && (other.registered() || voters.includes(other.name)) && this.assigned(other),
    );
    const isActive =
      this.#ago(node, ({ reported }) => reported !== "active") > ROUND_MS ||
      this.#ago(node, ({ state }) => state !== "active") > STALE_MS;
    // A server that is not up or was never initialised serves no client, and changes at once.
    const serves = this.#ago(node, ({ reported }) => !isServing(reported)) > ROUND_MS;
    for (const other of others) {
      const ago = (is: (observed: Observed) => boolean) => this.#ago(other, is);
      const isStandby =
        ago(({ reported, runs }) => reported === "standby" && runs === image) <= ROUND_MS &&
        ago(one => one.state === "standby" && one.image === image) <= STALE_MS;
      if (isActive && !isStandby)
        this.broken.push(`the active Vault on ${node.name} was changed before that on ${other.name} served`);
      const isThere =
        ago(({ powered }) => powered) <= ROUND_MS &&
        ago(({ reported, runs, assigned }) => isServing(reported) && runs === assigned) <= ROUND_MS &&
        ago(one => isServing(one.state) && one.image === one.assigned) <= STALE_MS;
      if (serves && !isThere)
        this.broken.push(`the Vault on ${node.name} was changed while that on ${other.name} did not serve`);
    }
  }
}

export const urlOf = ({ address }: FakeNode): string => `http://${address}:8200`;

/** The image that the server was last started with. */
const imageOn = ({ disk }: FakeNode): string | undefined => /IMAGE=(.*)/.exec(disk.peek(VAULT_ENV_PATH) ?? "")?.[1];
