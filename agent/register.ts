// The registration `nodes/ID`: it exists as long as the agent renews its lease. A restart of the agent leaves the key
// in place, and the next agent takes it over before the lease expires. Only a deregistration deletes it.

import { openSession, type Session } from "../coordination/session.ts";
import { reasonOf } from "../crd-like-specs/reason.ts";
import { parseResource } from "../crd-like-specs/resources/parse-resource.ts";
import type { Registration as RegistrationResource } from "../crd-like-specs/resources/registration.ts";
import { backoff } from "../drivers/clock/backoff.ts";
import type { ConnectedAgent } from "./context.ts";
import { STATE_FOLDER } from "./host/state.ts";

export interface Registration {
  /** Registers the node, and again after each loss of the lease. Rejects once aborted, and leaves the key in place. */
  maintain(signal: AbortSignal): Promise<never>;
  /** Deletes the registration now, for a machine that shuts down. */
  revoke(): Promise<void>;
}

const FIRST_RETRY_MS = 250;
const MOST_RETRY_MS = 4_000;
/** The key is read this often, because an operator may have deleted it manually. */
const RECHECK_MS = 60_000;

export type Registrant = Pick<
  ConnectedAgent,
  "etcd" | "clock" | "random" | "config" | "report" | "versions" | "keys" | "self" | "host"
>;

export function openRegistration(agent: Registrant): Registration {
  const { etcd, clock, random, config, report, versions } = agent;
  const retries = () => backoff({ firstMs: FIRST_RETRY_MS, mostMs: MOST_RETRY_MS, random });
  let session: Session | undefined;
  const setMessage = (error: unknown) =>
    report.setMessage("registration", {
      kind: "failing",
      reason: "NotRegistered",
      text: `not registered: ${reasonOf(error)}`,
    });

  /** Returns when the lease is lost. */
  async function hold(signal: AbortSignal): Promise<void> {
    const held = await openSession({ leases: etcd.leases, clock, ttlSeconds: config.leaseSeconds });
    session = held;
    const lost = new AbortController();
    void held.lost.then(() => lost.abort());
    const over = AbortSignal.any([signal, lost.signal]);
    let registeredVersions = "";
    for (const waits = retries(); held.alive(); signal.throwIfAborted()) {
      try {
        const versionsNow = JSON.stringify(versions.current());
        if (versionsNow !== registeredVersions || !(await isRegistered(agent, held.lease)))
          await register(agent, held.lease);
        registeredVersions = versionsNow;
        report.settle("registration");
        waits.reset();
        await versions.changed.wait(RECHECK_MS, over).catch(() => {});
      } catch (error) {
        // The next attempt uses the same lease: an abandoned one would be renewed for ever.
        signal.throwIfAborted();
        setMessage(error);
        await clock.sleep(waits.next(), over).catch(() => {});
      }
    }
  }

  return {
    async maintain(signal) {
      const waits = retries();
      for (;;) {
        try {
          await hold(signal);
          waits.reset();
        } catch (error) {
          signal.throwIfAborted();
          setMessage(error);
        }
        await clock.sleep(waits.next(), signal);
      }
    },
    revoke: async () => session?.close(),
  };
}

/** The lease that etcd reports for a key without one. */
const NO_LEASE = "0";

/**
 * Whether the key has this node's registration. Throws when another node is registered there: both have one id, and
 * neither may overwrite the other.
 */
async function isRegistered({ etcd, keys, self }: Registrant, lease: string): Promise<boolean> {
  const kv = await etcd.kv.get(keys.nodes.of(self.id));
  if (!kv || kv.lease === NO_LEASE) return false; // deleted or written manually
  const read = parseResource("Registration", kv.key, kv.value);
  if (!read.ok) return false;
  const { name, address } = read.value;
  if (kv.lease === lease || address === self.address) return true;
  throw new Error(
    `${name} (${address}) is registered under this node's id, ${self.id}: one machine is a copy of the other; ` +
      `on the copy, and only there, stop the agent, remove ${STATE_FOLDER} and start it again`,
  );
}

async function register(agent: Registrant, lease: string): Promise<void> {
  const { etcd, clock, keys, self, host, versions } = agent;
  const registration: RegistrationResource = {
    id: self.id,
    name: self.name,
    address: self.address,
    role: self.role,
    versions: versions.current(),
    bootId: await host.bootId(),
    registeredAt: new Date(clock.now()).toISOString(),
  };
  // The key belongs to this lease now: an earlier lease expires without deleting the key.
  const put = { put: keys.nodes.of(self.id), value: JSON.stringify(registration), lease };
  await etcd.kv.txn({ if: [], do: [put] });
}
