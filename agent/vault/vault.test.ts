// Vault on one node, over fakes: it starts with its settings, is observed, is announced while it serves, and is
// stopped.
import { describe, expect, it } from "vitest";
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { VaultAssignment, VaultReport } from "../../crd-like-specs/resources/vault.ts";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import { NO_IMAGE, operator } from "../../test/fakes/vault/on-node.ts";
import { keys } from "../../test/fakes/world.ts";
import { Scenario, service } from "../../test/fixtures/unit-scenario.ts";
import { VAULT_CONFIG_PATH } from "./files.ts";

const URL = "http://10.0.0.2:8200";
const UNIT = "vault.service";
const settings = (image: string, more: Partial<VaultAssignment> = {}): VaultAssignment => {
  const rest = { image, port: 8200, storage: "etcd" as const, ...more };
  return { hash: hashOf(JSON.stringify(rest)), ...rest };
};
const OLD = settings("vault:1.13");
const NEW = settings("vault:1.14");

class VaultScenario {
  readonly scenario: Scenario;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
  }

  static begin = async () => new VaultScenario(await Scenario.begin());

  assign(vault: VaultAssignment | undefined, units: readonly string[] = []): Assignment {
    const assignment = { ...this.scenario.order(units), ...(vault && { vault }) };
    this.scenario.host.assign(assignment);
    return assignment;
  }

  async reach(vault: VaultAssignment | undefined): Promise<void> {
    const { generation } = this.assign(vault);
    await this.until(() => this.scenario.host.status()?.generation === generation);
  }

  /** Running, initialised and unsealed. */
  async serve(vault: VaultAssignment): Promise<(...urls: string[]) => Promise<void>> {
    await this.reach(vault);
    await this.untilState("uninitialised");
    const unseal = await operator(this.world.vault, URL);
    await unseal(URL);
    await this.untilState("active");
    return unseal;
  }

  get world() {
    return this.scenario.world;
  }

  get report(): VaultReport | undefined {
    return this.scenario.host.status()?.vault;
  }

  get announced(): unknown {
    const kv = this.world.etcd.store.get(keys.vaultServices.of("10.0.0.2:8200"));
    return kv && JSON.parse(kv.value);
  }

  until(condition: () => boolean, seconds = 60): Promise<void> {
    return this.world.until(condition, seconds);
  }

  untilState(state: VaultReport["state"], seconds?: number): Promise<void> {
    return this.until(() => this.report?.state === state, seconds);
  }

  /** The starts of Vault since the last call. */
  starts(): number {
    return this.scenario.host.starts.splice(0).filter(line => line.startsWith(UNIT)).length;
  }
}

describe("Vault on a node", () => {
  it("runs as assigned, is reported, and is announced from when it serves until it seals", async () => {
    const on = await VaultScenario.begin();
    const { host } = on.scenario;
    await on.reach(OLD);
    await on.untilState("uninitialised");
    expect(on.report).toMatchObject({
      url: URL,
      version: "1.13",
      settings: OLD.hash,
      bootId: await host.disk.bootId(),
    });
    expect(on.announced).toBeUndefined();
    const unseal = await operator(on.world.vault, URL);
    await on.untilState("sealed");
    await unseal(URL);
    await on.until(() => on.announced !== undefined);
    expect(on.announced).toEqual({ url: URL, version: "1.13", role: "active", node: host.id() });
    on.world.vault.seal(URL);
    await on.untilState("sealed", 6);
    await on.until(() => on.announced === undefined, 1);
  });

  it("is announced until the lease of a dead node expires, and throughout a restart of the agent", async () => {
    const on = await VaultScenario.begin();
    await on.serve(OLD);
    await on.scenario.host.stop();
    on.scenario.host.boot();
    await on.world.clock.advance(60_000);
    expect(on.announced).toBeDefined();
    expect(on.starts()).toBe(1);
    on.scenario.host.cutPower();
    await on.world.clock.advance(16_000);
    expect(on.announced).toBeUndefined();
  });

  it("is announced again after its key was deleted, without writes while nothing changes", async () => {
    const on = await VaultScenario.begin();
    await on.serve(OLD);
    await on.world.clock.advance(120_000);
    const { revision } = on.world.etcd.store;
    await on.world.clock.advance(300_000);
    expect(on.world.etcd.store.revision).toBe(revision);
    const del = { delete: keys.vaultServices.of("10.0.0.2:8200") };
    await on.world.etcd.connect().kv.txn({ if: [], do: [del] });
    await on.until(() => on.announced !== undefined, 70);
  });

  it("restarts once for other settings, and for nothing else", async () => {
    const on = await VaultScenario.begin();
    await on.serve(OLD);
    expect(on.starts()).toBe(1);
    on.assign(OLD, ["web.service"]);
    await on.world.clock.advance(60_000);
    // A release with another text of the unit.
    await on.scenario.host.disk.write("/opt/swarmkeeper/current/units/vault.service", service("newer"));
    await on.world.clock.advance(60_000);
    expect(on.starts()).toBe(0);
    expect(on.world.vault.state(URL)).toBe("active");
    await on.reach(NEW);
    await on.until(() => on.report?.settings === NEW.hash && on.report.state === "sealed");
    expect(on.report).toMatchObject({ version: "1.14" });
    await on.world.clock.advance(60_000);
    expect(on.starts()).toBe(1);
    expect(on.scenario.file(UNIT)).toBe(service("newer"));
  });

  it("keeps its settings while the text of its unit is not available", async () => {
    const on = await VaultScenario.begin();
    await on.serve(OLD);
    const text = service("mine");
    on.assign(settings("vault:1.14", { unit: hashOf(text) }));
    await on.world.clock.advance(60_000);
    expect(on.report).toMatchObject({ state: "active", settings: OLD.hash });
    on.scenario.put(hashOf(text), text);
    await on.until(() => on.report?.state === "sealed");
    expect(on.scenario.file(UNIT)).toBe(text);
  });

  it("is stopped cleanly when it is no longer assigned, and its storage stays", async () => {
    const on = await VaultScenario.begin();
    const unseal = await on.serve(OLD);
    await on.reach(undefined);
    await on.until(() => on.report === undefined);
    expect(on.announced).toBeUndefined();
    expect(on.world.vault.state(URL)).toBeUndefined();
    expect(on.scenario.host.disk.peek(VAULT_CONFIG_PATH)).toBeUndefined();
    await on.reach(OLD);
    await on.untilState("sealed");
    await unseal(URL);
    await on.untilState("active");
  });

  it("reports why it does not start, and is neither sealed nor unreachable then", async () => {
    const on = await VaultScenario.begin();
    await on.reach(settings(NO_IMAGE));
    await on.until(() => on.report?.problem !== undefined);
    expect(on.report).toMatchObject({
      state: "starting",
      problem: { reason: "CrashLoop" },
    });
    const { revision } = on.world.etcd.store;
    await on.world.clock.advance(20_000);
    expect(on.world.etcd.store.revision).toBe(revision);
  });

  it("is unreachable when it stops answering, and still reports its settings", async () => {
    const on = await VaultScenario.begin();
    await on.serve(OLD);
    on.world.vault.cut(URL);
    await on.untilState("unreachable", 30);
    expect(on.report).toMatchObject({ settings: OLD.hash });
    expect(on.announced).toBeUndefined();
    on.world.vault.heal(URL);
    await on.untilState("active", 30);
  });

  it.each(["crash", "power"] as const)(
    "runs the new settings after a fault (%s) at any write of the change",
    async end => {
      for (let call = 1, injected = true; injected; call++) {
        const on = await VaultScenario.begin();
        const { host } = on.scenario;
        await on.serve(OLD);
        host.fault = { call: host.calls + call, when: call % 2 === 0 ? "before" : "after", end };
        await on.reach(NEW);
        await on.until(() => on.report?.settings === NEW.hash && on.report.state === "sealed", 120);
        expect(on.report).toMatchObject({ version: "1.14" });
        injected = host.fault === undefined;
      }
    },
  );
});
