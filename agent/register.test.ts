// The registration over the twin of etcd: one lease, whatever becomes of the key.
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { AgentConfig } from "../crd-like-specs/agent-config.ts";
import { nodeId } from "../crd-like-specs/resources/ids.ts";
import { keyspace } from "../crd-like-specs/resources/keys.ts";
import { Registration } from "../crd-like-specs/resources/resources.ts";
import { type Etcd, EtcdError, type KeyValue } from "../drivers/etcd/port.ts";
import { fakeClock } from "../test/fakes/clock/clock.ts";
import { fakeEtcd } from "../test/fakes/etcd/etcd.ts";
import { FakeHost } from "../test/fakes/host/host.ts";
import { openVersions } from "./host/versions.ts";
import { openRegistration } from "./register.ts";
import { openReport } from "./status/status.ts";

const keys = keyspace();
const self = { id: nodeId("aaaaaaaaaaaa"), name: "h1", address: "10.0.0.1", role: "worker" } as const;
const key = keys.nodes.of(self.id);
const config = AgentConfig.parse({ role: "worker", etcd: { bootstrap: { method: "none", join: ["10.0.0.9"] } } });

let stop: AbortController;
afterEach(() => stop.abort());

/** A host that registers; its writes are denied while `state.denied`. */
function registering(denied = false) {
  stop = new AbortController();
  const clock = fakeClock();
  const world = fakeEtcd(clock);
  const client = world.connect();
  const state = { denied, grants: 0, log: "" };
  const etcd: Etcd = {
    membership: client.membership,
    endpoints: () => client.endpoints(),
    setEndpoints: endpoints => client.setEndpoints(endpoints),
    close: () => client.close(),
    leases: {
      ...client.leases,
      grant: seconds => {
        state.grants += 1;
        return client.leases.grant(seconds);
      },
    },
    kv: {
      ...client.kv,
      txn: async txn => {
        if (state.denied) throw new EtcdError("denied", "etcd: permission denied");
        return client.kv.txn(txn);
      },
    },
  };
  const write = (line: string) => {
    state.log += line;
  };
  const log = pino({ base: null }, { write });
  const report = openReport(self, clock, log);
  const host = new FakeHost({ hostname: self.name });
  const versions = openVersions(clock, "0.0.0");
  openRegistration({ etcd, clock, random: () => 1, config, report, versions, keys, self, host })
    .keep(stop.signal)
    .catch(() => {});
  const stored = (): KeyValue | undefined => world.store.get(key);
  return { clock, client, state, stored };
}

describe("a registration", () => {
  it("keeps its one lease while the key cannot be written", async () => {
    const { clock, state, stored } = registering(true);
    await clock.advance(120_000);
    expect(stored()).toBeUndefined();
    expect(state.grants).toBe(1);
    state.denied = false;
    await clock.until(() => stored() !== undefined, 10_000);
    expect(state.grants).toBe(1);
  });

  it("stands again, under its lease, after somebody deleted it or put another value there", async () => {
    const { clock, client, stored } = registering();
    await clock.until(() => stored() !== undefined, 1000);
    const lease = stored()?.lease;
    for (const write of [{ delete: key }, { put: key, value: "{}" }]) {
      await client.kv.txn({ if: [], do: [write] });
      await clock.until(() => stored()?.lease === lease, 90_000);
      expect(JSON.parse(stored()?.value ?? "")).toMatchObject({ address: self.address });
    }
  });

  it("does not fight with another host of the same id, and says so", async () => {
    const { clock, client, state, stored } = registering();
    await clock.until(() => stored() !== undefined, 1000);
    const copy = Registration.parse({ ...JSON.parse(stored()?.value ?? ""), name: "h2", address: "10.0.0.2" });
    const { id: lease } = await client.leases.grant(3600);
    await client.kv.txn({ if: [], do: [{ put: key, value: JSON.stringify(copy), lease }] });
    await clock.advance(120_000);
    expect(stored()?.lease).toBe(lease);
    expect(state.log).toContain("h2 (10.0.0.2) is registered under this host's id");
  });
});
