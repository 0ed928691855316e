// Measures the time from a `put` to the controller's first write in response, and to a bare watch that receives the
// put.

import { keyspace } from "../crd-like-specs/resources/keys.ts";
import { systemClock } from "../drivers/clock/real.ts";
import type { Etcd } from "../drivers/etcd/port.ts";
import { connectEtcd } from "../drivers/etcd/real.ts";

const keys = keyspace();

export interface Reaction {
  readonly bareMs: readonly number[];
  readonly oursMs: readonly number[];
}

/** `endpoint` is the client URL of a member. Puts rejected values, so that the controller only writes the rejection. */
export async function measureReaction(endpoint: string, samples: number): Promise<Reaction> {
  const etcd = connectEtcd({ endpoints: [endpoint], clock: systemClock });
  const bareMs: number[] = [];
  const oursMs: number[] = [];
  try {
    for (let n = 0; n < samples; n++) {
      const value = `banana ${n}`;
      const { received, answered } = await onePut(etcd, value);
      bareMs.push(received);
      oursMs.push(answered);
    }
  } finally {
    await etcd.kv.txn({ if: [], do: [{ put: keys.spec.of("managers"), value: "3" }] });
    etcd.close();
  }
  return { bareMs, oursMs };
}

async function onePut(etcd: Etcd, value: string): Promise<{ received: number; answered: number }> {
  const { revision } = await etcd.kv.list(keys.leader);
  return new Promise((resolve, reject) => {
    const started = performance.now();
    let received = Number.NaN;
    const late = setTimeout(() => finish(() => reject(new Error(`no answer to ${value} within 10 s`))), 10_000);
    const watching = etcd.kv.watch(keys.root, revision + 1).subscribe({
      next: ({ events }) => {
        for (const event of events) {
          if (event.type !== "put" || !event.kv.value.includes(value)) continue;
          const elapsed = performance.now() - started;
          if (event.kv.key === keys.spec.of("managers")) received = elapsed;
          if (event.kv.key === keys.specStatus.of("managers")) finish(() => resolve({ received, answered: elapsed }));
        }
      },
      error: error => finish(() => reject(error)),
    });
    const finish = (end: () => void) => {
      clearTimeout(late);
      watching.unsubscribe();
      end();
    };
    etcd.kv.txn({ if: [], do: [{ put: keys.spec.of("managers"), value }] }).catch(error => finish(() => reject(error)));
  });
}
