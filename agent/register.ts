// `nodes/ID`: this host is there, for as long as its lease is renewed. A restart of the agent leaves the key in place
// (the next agent takes it over within the lease's time, nobody sees the host go); only a goodbye deletes it.

import { openSession, type Session } from "../coordination/session.ts";
import { reasonOf } from "../crd-like-specs/reason.ts";
import { parseResource } from "../crd-like-specs/resources/parse-resource.ts";
import type { Registration as RegistrationResource } from "../crd-like-specs/resources/registration.ts";
import { backoff } from "../drivers/clock/backoff.ts";
import type { ConnectedAgent } from "./context.ts";
import { STATE_FOLDER } from "./host/state.ts";

export interface Registration {
  /** Registers, and does so again whenever the lease was lost. Rejects once aborted, and leaves the key in place. */
  keep(signal: AbortSignal): Promise<never>;
  /** Deletes the registration now. For a machine that goes down. */
  revoke(): Promise<void>;
}

const FIRST_RETRY_MS = 250;
const MOST_RETRY_MS = 4_000;
/** Looked at this often, which is a read: somebody may have deleted the key by hand. */
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
    report.setMessage("registration", { kind: "failing", text: `not registered: ${reasonOf(error)}` });

  /** Returns when the lease is lost. */
  async function hold(signal: AbortSignal): Promise<void> {
    const held = await openSession({ leases: etcd.leases, clock, ttlSeconds: config.leaseSeconds });
    session = held;
    const lost = new AbortController();
    void held.lost.then(() => lost.abort());
    const over = AbortSignal.any([signal, lost.signal]);
    let known = "";
    for (const waits = retries(); held.alive(); signal.throwIfAborted()) {
      try {
        const versionsNow = JSON.stringify(versions.current());
        if (versionsNow !== known || !(await isThere(agent, held.lease))) await register(agent, held.lease);
        known = versionsNow;
        report.settle("registration");
        waits.reset();
        await versions.changed.wait(RECHECK_MS, over).catch(() => {});
      } catch (error) {
        // The lease lives on and is used again: one that was left behind would be renewed for ever.
        signal.throwIfAborted();
        setMessage(error);
        await clock.sleep(waits.next(), over).catch(() => {});
      }
    }
  }

  return {
    async keep(signal) {
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

/** What etcd calls the lease of a key that has none. */
const NO_LEASE = "0";

/** Whether the key stands; Error where another host stands at it: then two have one id, and neither is to win by force. */
async function isThere({ etcd, keys, self }: Registrant, lease: string): Promise<boolean> {
  const kv = await etcd.kv.get(keys.nodes.of(self.id));
  if (!kv || kv.lease === NO_LEASE) return false; // deleted, or put there, by hand
  const read = parseResource("Registration", kv.key, kv.value);
  if (!read.ok) return false;
  const { name, address } = read.value;
  if (kv.lease === lease || address === self.address) return true;
  throw new Error(
    `${name} (${address}) is registered under this host's id, ${self.id}: one was copied from the other; ` +
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
  // Under this lease from now on; an earlier one runs out without taking the key along.
  const put = { put: keys.nodes.of(self.id), value: JSON.stringify(registration), lease };
  await etcd.kv.txn({ if: [], do: [put] });
}
