import { expect, it, vi } from "vitest";
import { AgentConfig } from "../../crd-like-specs/agent-config.ts";
import { nodeId } from "../../crd-like-specs/resources/ids.ts";
import { keyspace } from "../../crd-like-specs/resources/keys.ts";
import { fakeClock } from "../../test/fakes/clock/clock.ts";
import { fakeEtcd } from "../../test/fakes/etcd/etcd.ts";
import { openAnnouncement } from "./announce.ts";

it("an announcement is looked at once a minute, however often it is kept, and put back where it was deleted", async () => {
  const clock = fakeClock();
  const keys = keyspace();
  const etcd = fakeEtcd(clock).connect();
  const reads = vi.spyOn(etcd.kv, "get");
  const config = AgentConfig.parse({ role: "manager", etcd: { bootstrap: { method: "none", join: [] } } });
  const announcement = openAnnouncement({ etcd, clock, config, keys }, () => {});
  const service = {
    url: "http://10.0.0.1:8200",
    version: "1.13.1",
    role: "active",
    node: nodeId("aaaaaaaaaaaa"),
  } as const;
  const keepFor = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 5) {
      await announcement.keep(service);
      await clock.advance(5_000);
    }
  };
  await keepFor(300);
  expect(reads).toHaveBeenCalledTimes(4);
  const key = keys.vaultServices.of("10.0.0.1:8200");
  await etcd.kv.txn({ if: [], do: [{ delete: key }] });
  await keepFor(65);
  expect((await etcd.kv.get(key))?.value).toBe(JSON.stringify(service));
});
