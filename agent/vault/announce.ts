// `services/vault/ADDRESS:PORT`: here is an unsealed Vault, for as long as it is one. Under a lease of its own, so that it
// is gone at once when it seals, and within the lease's time when the host dies.

import { openSession, type Session } from "../../coordination/session.ts";
import { isServing, type VaultReport, type VaultService } from "../../crd-like-specs/resources/vault.ts";
import type { ConnectedAgent } from "../context.ts";

/** Looked at this often, which is a read: somebody may have deleted the key by hand. */
const RECHECK_MS = 60_000;

export interface Announcement {
  /** Makes the key say this, or takes it away. EtcdError where that could not be done. */
  keep(service: VaultService | undefined): Promise<void>;
}

export type Announcer = Pick<ConnectedAgent, "etcd" | "clock" | "config" | "keys">;

interface Held {
  readonly key: string;
  readonly session: Session;
  /** As it stands in etcd; undefined where that is not known. */
  value?: string;
  observeAt: number;
}

/** `lost` is called when the lease is lost. */
export function openAnnouncement({ etcd, clock, config, keys }: Announcer, lost: () => void): Announcement {
  let held: Held | undefined;

  async function withdraw(): Promise<void> {
    const { session } = held ?? {};
    held = undefined;
    await session?.close();
  }

  async function hold(key: string): Promise<Held> {
    const session = await openSession({ leases: etcd.leases, clock, ttlSeconds: config.leaseSeconds });
    void session.lost.then(lost);
    held = { key, session, observeAt: 0 };
    return held;
  }

  return {
    async keep(service) {
      if (service === undefined) return withdraw();
      const key = keys.vaultServices.of(new URL(service.url).host);
      if (held && (held.key !== key || !held.session.alive())) await withdraw();
      const now = held ?? (await hold(key));
      const value = JSON.stringify(service);
      const { lease } = now.session;
      if (now.value === value && clock.monotonic() >= now.observeAt) {
        const kv = await etcd.kv.get(key);
        if (kv?.lease !== lease) delete now.value;
        now.observeAt = clock.monotonic() + RECHECK_MS;
      }
      if (now.value === value) return;
      // Under this lease from now on; one of an earlier agent runs out without taking the key along.
      await etcd.kv.txn({ if: [], do: [{ put: key, value, lease }] });
      now.value = value;
      now.observeAt = clock.monotonic() + RECHECK_MS;
    },
  };
}

/** What is announced of a Vault: nothing unless it serves. */
export function serviceOf(report: VaultReport | undefined, node: VaultService["node"]): VaultService | undefined {
  const { version, state, url } = report ?? {};
  if (url === undefined || version === undefined || !isServing(state)) return undefined;
  return { url, version, role: state, node };
}
