// Changes of Vault round by round, in a model with agents that apply at once and an operator who unseals.
import { describe, expect, it } from "vitest";
import type { Spec } from "../../../crd-like-specs/settings/spec.ts";
import { unitFilesOf } from "../../../test/fixtures/unit-files.ts";
import { InstantCluster, idOf } from "../../../test/sim/instant-cluster.ts";

const IMAGES = { old: "vault:1.13", new: "vault:1.14" };

class Managers extends InstantCluster {
  constructor(count = 3, nodes = count) {
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    super(nodes, numbers, numbers, count);
    this.set({ enabled: true, image: IMAGES.old });
    this.converge();
  }

  /** Initialised and unsealed, node 1 active. */
  static serving(count = 3, nodes = count): Managers {
    const model = new Managers(count, nodes);
    for (let n = 1; n <= count; n++) model.setVault(n, n === 1 ? "active" : "standby");
    model.converge();
    return model;
  }

  set(vault: Partial<Spec["vault"]>): void {
    this.spec = { ...this.spec, vault: { ...this.spec.vault, ...vault } };
  }

  image(n: number): string | undefined {
    return this.assignments.get(idOf(n))?.vault?.image;
  }

  changed(): number[] {
    return [...this.swarmNodes.keys()].filter(n => this.image(n) === IMAGES.new);
  }

  /** Runs rounds until the plan is empty. Returns the numbers of the changed nodes. */
  settle(): number[] {
    this.converge();
    return this.changed();
  }

  get waits(): string[] {
    return this.report.waiting.map(({ what, reason }) => `${what}: ${reason}`);
  }

  get waitTexts(): string[] {
    return this.report.waiting.map(({ what, why }) => `${what}: ${why}`);
  }

  get report() {
    const { report } = this.plan();
    if (!report) throw new Error("both rafts are observed");
    return report;
  }
}

describe("Vault", () => {
  it("starts on all managers at once, and on no worker", () => {
    const model = new Managers(3, 4);
    expect([1, 2, 3, 4].map(n => model.image(n))).toEqual([IMAGES.old, IMAGES.old, IMAGES.old, undefined]);
    expect(model.report.vault?.peers.map(({ name, state }) => [name, state])).toEqual([
      ["h1", "uninitialised"],
      ["h2", "uninitialised"],
      ["h3", "uninitialised"],
    ]);
    model.set({ image: IMAGES.new });
    expect(model.settle()).toEqual([1, 2, 3]);
  });

  it("changes on standbys one by one, each unsealed before the next, and on the active one last", () => {
    const model = Managers.serving();
    model.set({ image: IMAGES.new });
    expect(model.report.steps.map(({ node, text, why }) => [node, text, why])).toEqual([
      ["h2", "restart Vault with its new settings", undefined],
      ["h3", "restart Vault with its new settings", undefined],
      ["h1", "restart Vault with its new settings", "the active one, last"],
    ]);
    expect(model.settle()).toEqual([2]);
    expect(model.waits).toEqual(["unseal of h2: Sealed"]);
    expect(model.report.conditions).toMatchObject([
      { type: "VaultChangeBlocked", subject: { node: idOf(2), name: "h2" }, reason: "Sealed", severity: "alarm" },
    ]);
    model.setVault(2, "standby");
    expect(model.settle()).toEqual([2, 3]);
    model.setVault(3, "standby");
    expect(model.settle()).toEqual([1, 2, 3]);
    expect(model.report.conditions).toEqual([]);
    model.setVault(2, "active");
    model.setVault(1, "standby");
    expect(model.report).toMatchObject({ steps: [], waiting: [] });
  });

  it.each([
    ["sealed", {}, "unseal of h3: Sealed", "unseal of h3: the next Vault changes when all others serve"],
    ["unreachable", {}, "h3: Unreachable", "h3: its Vault runs and does not answer"],
    ["starting", {}, "h3: Starting", "h3: its Vault is starting"],
    ["standby", { settings: "0".repeat(64) }, "h3: VaultNotRestarted", "h3: its Vault has not been restarted yet"],
  ] as const)("does not change while another peer is %s", (state, more, wait, sentence) => {
    const model = Managers.serving();
    model.set({ image: IMAGES.new });
    model.setVault(3, state, more);
    // An agent that has not applied its assignment yet.
    const status = model.statuses.get(idOf(3));
    if (status?.vault) model.statuses.set(idOf(3), { ...status, vault: { ...status.vault, state, ...more } });
    expect(model.plan().actions).toEqual([]);
    expect(model.waits).toEqual([wait]);
    expect(model.waitTexts).toEqual([sentence]);
  });

  it("does not change while a manager is not registered or does not report it, or while none is active", () => {
    const model = Managers.serving();
    model.set({ image: IMAGES.new });
    model.registrations.delete(idOf(3));
    expect(model.waits).toContain("h3: NotReported");
    const unreported = Managers.serving();
    unreported.set({ image: IMAGES.new });
    const status = unreported.statuses.get(idOf(2));
    if (status) unreported.statuses.set(idOf(2), { ...status, vault: undefined });
    expect(unreported.waits).toEqual(["h2: NotReported"]);
    const electing = Managers.serving();
    electing.set({ image: IMAGES.new });
    electing.setVault(1, "standby");
    expect(electing.waits).toEqual(["the change of Vault: NotOneActive"]);
    expect(electing.settle()).toEqual([]);
  });

  it.each(["etcd", "the swarm"])(
    "waits while %s gets no answer from another node that reports a serving Vault",
    raft => {
      const model = Managers.serving();
      model.set({ image: IMAGES.new });
      const { member, swarm } = model.world().nodes[2] ?? {};
      // Its lease has not expired yet, as after a loss of power.
      if (member && raft === "etcd") model.members.set(3, { ...member, healthy: false });
      if (swarm?.manager && raft === "the swarm")
        model.swarmNodes.set(3, { ...swarm, manager: { ...swarm.manager, reachable: false } });
      expect(model.settle()).toEqual([]);
      expect(model.waits).toContain("h3: NodeUnreachable");
      expect(model.waitTexts).toContain("h3: etcd or the swarm gets no answer from its node");
    },
  );

  it("waits for a node that has booted since it reported that its Vault serves", () => {
    const model = Managers.serving();
    model.set({ image: IMAGES.new });
    model.setVault(3, "standby", { bootId: "an earlier boot" });
    expect(model.plan().actions).toEqual([]);
    expect(model.waits).toEqual(["h3: NotReported"]);
    expect(model.report.vault?.peers.map(({ state }) => state)).toEqual(["active", "standby", "unknown"]);
    model.setVault(3, "standby", { bootId: model.registrations.get(idOf(3))?.bootId });
    expect(model.settle()).toEqual([2]);
  });

  it("changes at once where it cannot start, also during the change to other settings", () => {
    const model = Managers.serving();
    model.set({ image: "nowhere:1" });
    model.converge();
    model.setVault(2, "starting", {
      problem: { reason: "CrashLoop", transient: false, message: "keeps ending" },
    });
    expect(model.waits).toEqual(["h2: CrashLoop"]);
    expect(model.waitTexts).toEqual(["h2: its Vault is starting: keeps ending"]);
    model.set({ image: IMAGES.new });
    expect(model.settle()).toEqual([2]);
    expect(model.image(3)).toBe(IMAGES.old);
  });

  it("changes on the only manager", () => {
    const model = Managers.serving(1);
    model.set({ image: IMAGES.new });
    expect(model.settle()).toEqual([1]);
  });

  it("stops on standbys first, and on the active one when they have stopped, without waiting for an unseal", () => {
    const model = Managers.serving();
    model.setVault(3, "sealed");
    model.set({ enabled: false });
    const [first] = [model.plan().actions];
    expect(first.flatMap(action => (action.type === "write-assignment" ? [action.name] : []))).toEqual(["h2", "h3"]);
    for (const action of first) model.apply(action);
    expect(model.waits).toContain("h2: VaultStopping");
    expect(model.waitTexts).toContain("h2: its Vault is stopped before the active one");
    model.applyAssignments();
    model.converge();
    expect([1, 2, 3].map(n => model.image(n))).toEqual([undefined, undefined, undefined]);
    expect(model.report.vault).toBeUndefined();
  });

  it("starts on a new manager and stops on a former one, but not during a change", () => {
    const model = Managers.serving(3, 5);
    model.set({ image: IMAGES.new });
    expect(model.settle()).toEqual([2]);
    model.spec = { ...model.spec, managers: 5 };
    model.converge();
    expect(model.managers()).toEqual([1, 2, 3]);
    expect(model.waitTexts).toContain("managers: the change of Vault waits for h2");
    for (const n of [2, 3, 1]) {
      model.setVault(n, n === 1 ? "active" : "standby");
      model.converge();
    }
    model.converge();
    expect(model.managers()).toEqual([1, 2, 3, 4, 5]);
    expect(model.changed()).toEqual([1, 2, 3, 4, 5]);
    model.spec = { ...model.spec, managers: 3 };
    model.converge();
    expect(model.changed()).toEqual([1, 2, 3]);
  });

  it("does not change while membership or the rollout changes managers", () => {
    const model = Managers.serving(3, 5);
    model.spec = { ...model.spec, managers: 5 };
    model.round();
    expect(model.operation).toBeDefined();
    model.set({ image: IMAGES.new });
    expect(model.waitTexts).toEqual(["the change of Vault: h4 is changed: making h4 a manager"]);
    const units = Managers.serving();
    units.spec = {
      ...units.spec,
      units: { ...units.spec.units, manager: [...units.spec.units.manager, "web.service"] },
    };
    units.set({ image: IMAGES.new });
    const names = units.plan().actions.flatMap(action => (action.type === "write-assignment" ? [action.name] : []));
    expect(names).toEqual(["h1"]);
    expect(units.waitTexts).toContain("the change of Vault: the units of h1 are being changed");
    units.converge();
    expect(units.changed()).toEqual([2]);
  });

  it("does not wait for a removed manager, and does not delay its removal", () => {
    const model = Managers.serving(3, 4);
    model.set({ image: IMAGES.new });
    expect(model.settle()).toEqual([2]);
    model.kill(3);
    for (let second = 0; second < 90; second += 5) {
      model.now += 5_000;
      model.round();
    }
    model.setVault(2, "standby");
    expect(model.settle()).toEqual([2, 4]);
    expect(model.waits).toEqual(["unseal of h4: Sealed"]);
    model.setVault(4, "standby");
    expect(model.settle()).toEqual([1, 2, 4]);
  });

  it("does not move to another storage, and does not start on a new manager meanwhile", () => {
    const model = Managers.serving(3, 5);
    model.set({ storage: "raft" });
    model.spec = { ...model.spec, managers: 5 };
    model.converge();
    expect(model.report.conditions).toMatchObject([
      { type: "VaultStorageMismatch", message: expect.stringContaining("its data is not moved; set it back") },
    ]);
    expect([1, 2, 3, 4].map(n => model.assignments.get(idOf(n))?.vault?.storage)).toEqual([
      "etcd",
      "etcd",
      "etcd",
      undefined,
    ]);
    model.set({ enabled: false });
    model.converge();
    model.set({ enabled: true });
    model.converge();
    expect(model.assignments.get(idOf(4))?.vault?.storage).toBe("raft");
  });

  it("changes when the text of its unit changes, after that text is in a revision", () => {
    const model = Managers.serving();
    const files = unitFilesOf({ "vault.service": "[Service]\nExecStart=/bin/vault\n" });
    model.spec = { ...model.spec, units: { ...model.spec.units, files } };
    const { actions } = model.plan();
    const rollout = actions.find(action => action.type === "write-rollout");
    const assigned = actions.find(action => action.type === "write-assignment");
    expect(rollout).toMatchObject({ fresh: { change: "vault.service" } });
    expect(Object.keys(rollout?.fresh?.texts ?? {})).toEqual([assigned?.assignment.vault?.unit]);
    expect(actions.indexOf(assigned as never)).toBeGreaterThan(actions.indexOf(rollout as never));
    model.converge();
    expect(model.rollout).toMatchObject({ inFlight: [], lastGoodRevision: 2 });
  });

  it("is notified once when sealed, and then as often as the spec requires", () => {
    const model = Managers.serving();
    model.set({ reminderSeconds: 600 });
    model.now += 1_000;
    model.setVault(2, "sealed");
    model.round();
    const notified = () => model.cluster?.vault?.peers.find(({ name }) => name === "h2")?.notified;
    const first = notified();
    expect(first).toEqual({ state: "sealed", at: new Date(model.now).toISOString() });
    model.now += 500_000;
    model.setVault(2, "unreachable");
    model.round();
    model.setVault(2, "sealed");
    model.round();
    expect(notified()).toEqual(first);
    expect(model.plan().requeueAfterMs).toBe(100_000);
    model.now += 100_000;
    model.round();
    expect(notified()?.at).toBe(new Date(model.now).toISOString());
    model.setVault(2, "standby");
    model.round();
    expect(notified()).toBeUndefined();
  });
});

it("the waits of Vault are human-readable", () => {
  const model = Managers.serving();
  model.set({ image: IMAGES.new });
  model.setVault(1, "standby");
  expect(model.waitTexts).toEqual(["the change of Vault: none is active"]);
  model.registrations.delete(idOf(3));
  expect(model.waitTexts).toContain("h3: it is not registered, or does not report its Vault");
});
