// `nodes/ID`: this host is there, for as long as its lease is renewed. A restart of the agent leaves the key in place
// (the next agent takes it over within the lease's time, nobody sees the host go); only a goodbye deletes it.
import type { Registration as RegistrationResource } from "../crd-like-specs/resources.ts";
import { openSession, type Session } from "../drivers/etcd/session.ts";
import type { ConnectedAgent } from "./parts.ts";
import { reasonOf } from "./reason.ts";

export interface Registration {
  /** Registers, and does so again whenever the lease was lost. Rejects once aborted, and leaves the key in place. */
  keep(signal: AbortSignal): Promise<never>;
  /** Deletes the registration now. For a machine that goes down. */
  revoke(): Promise<void>;
}

const FIRST_RETRY_MS = 250;
const MOST_RETRY_MS = 4_000;
const UNCHANGED_MS = 3_600_000;

export function openRegistration(agent: ConnectedAgent): Registration {
  const { etcd, clock, config, report, versions } = agent;
  let session: Session | undefined;

  /** Returns when the lease is lost. */
  async function hold(signal: AbortSignal): Promise<void> {
    const held = await openSession({ leases: etcd.leases, clock, ttlSeconds: config.leaseSeconds });
    session = held;
    const lost = new AbortController();
    void held.lost.then(() => lost.abort());
    while (held.alive()) {
      await register(agent, held.lease);
      report.settle("registration");
      await versions.changed.wait(UNCHANGED_MS, AbortSignal.any([signal, lost.signal])).catch(() => {});
      signal.throwIfAborted();
    }
  }

  return {
    async keep(signal) {
      for (let pause = FIRST_RETRY_MS; ; pause = Math.min(MOST_RETRY_MS, pause * 2)) {
        try {
          await hold(signal);
          pause = FIRST_RETRY_MS;
        } catch (error) {
          signal.throwIfAborted();
          report.say("registration", { kind: "failing", text: `not registered: ${reasonOf(error)}` });
        }
        await clock.sleep(pause, signal);
      }
    },
    revoke: async () => session?.close(),
  };
}

async function register(agent: ConnectedAgent, lease: string): Promise<void> {
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
