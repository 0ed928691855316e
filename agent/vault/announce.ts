// The key `services/vault/ADDRESS:PORT` announces an unsealed Vault. It has a lease of its own, so that it disappears
// at once when the Vault seals, and when the lease expires after the node has died.

import { openSession, type Session } from "../../coordination/session.ts";
import { isServing, type VaultReport, type VaultService } from "../../crd-like-specs/resources/vault.ts";
import type { ConnectedAgent } from "../context.ts";

/** The key is read this often, because an operator may have deleted it manually. */
const RECHECK_MS = 60_000;

export interface Announcement {
  /** Writes the service to the key, or deletes the key without a service. EtcdError when that fails. */
  publish(service: VaultService | undefined): Promise<void>;
}

export type Announcer = Pick<ConnectedAgent, "etcd" | "clock" | "config" | "keys">;

interface Held {
  readonly key: string;
  readonly session: Session;
  /** The value in etcd; undefined if it is unknown. */
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
    async publish(service) {
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
      // The key belongs to this lease now: the lease of an earlier agent expires without deleting the key.
      await etcd.kv.txn({ if: [], do: [{ put: key, value, lease }] });
      now.value = value;
      now.observeAt = clock.monotonic() + RECHECK_MS;
    },
  };
}

/** The service to announce; undefined unless the Vault serves. */
export function serviceOf(report: VaultReport | undefined, node: VaultService["node"]): VaultService | undefined {
  const { version, state, url } = report ?? {};
  if (url === undefined || version === undefined || !isServing(state)) return undefined;
  return { url, version, role: state, node };
}
