import { describe, expect, it } from "vitest";
import { ago, collected, id, type Keys, keys, NOW, without } from "../../test/fixtures/cli/cluster.ts";
import { hash, nodeAt, ROLLOUT, rolling, specOf, webText } from "../../test/fixtures/cli/rollout.ts";
import { plain } from "../terminal/paint.ts";
import { rolloutText } from "./text.ts";
import { buildRollout, RolloutView } from "./view.ts";

const view = (all: Keys) => RolloutView.strict().parse(buildRollout(collected(all)));
const shown = (all: Keys) => `\n${rolloutText(view(all), NOW, plain).join("\n")}\n`;
const problem = { reason: "CrashLoop", transient: false, message: "keeps being restarted" } as const;
const unhealthy = { units: [{ name: "web.service", active: "active", sub: "running", restarts: 4, problem }] };

describe("swarmkeeper rollout status", () => {
  it("shows that all nodes run the revision of the spec", () => {
    const all = rolling(3, { lastGoodRevision: 3, updated: 5, progressAt: ago(20) });
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Rollout   complete: all 5 nodes run revision 3 · begun 60 s ago, 5 updated, last progress 20 s ago
      "
    `);
    expect(view(all)).toMatchObject({ state: "complete", failing: false, next: [] });
  });

  it("shows the progress, and which nodes it waits for and why", () => {
    const flights = [
      { node: id(1), name: "h1", at: ago(3) },
      { node: id(4), name: "h4", at: ago(6) },
      { node: id(5), name: "h5", at: ago(9) },
    ];
    const all = {
      ...rolling(2, { inFlight: flights, progressAt: ago(6), updated: 1 }),
      ...nodeAt(1, 3, { generation: 2 }),
      ...nodeAt(2, 3),
      ...nodeAt(4, 3),
      ...nodeAt(5, 3, unhealthy),
    };
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Rollout   rolling: 1 of 5 nodes runs revision 3 · begun 60 s ago, 1 updated, last progress 6 s ago
      In flight manager h1 for 3 s: it has not applied its assignment yet
      In flight worker h4 for 6 s: healthy; updated once it has been healthy for 10 s
      In flight worker h5 for 9 s: web.service: keeps being restarted
      Outdated  h3 runs revision 2
      "
    `);
    expect(view(all)).toMatchObject({ state: "rolling", failing: false });
  });

  it("shows which node is being drained", () => {
    const all = rolling(2, { draining: [{ node: id(4), name: "h4", at: ago(3) }], progressAt: ago(3) });
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Rollout   rolling: 0 of 5 nodes run revision 3 · begun 60 s ago, 0 updated, last progress 3 s ago
      Draining  worker h4 for 3 s: its swarm tasks are moved away before it is changed
      Outdated  h1, h2, h3, h5 run revision 2
      "
    `);
  });

  it("shows why it has halted, and what an operator can do", () => {
    const failed = [{ node: id(4), name: "h4", at: ago(40), reason: "Failed", why: "web.service has given up" }];
    const all = { ...rolling(2, { failed }), ...nodeAt(4, 3) };
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Rollout   rolling: 0 of 5 nodes run revision 3 · begun 60 s ago
      Failed    worker h4 for 40 s: web.service has given up
      Outdated  h1, h2, h3, h5 run revision 2
      Next      push a fix: swarmkeeper units push FOLDER
                return to revision 2: swarmkeeper rollout undo
                pause it: swarmkeeper rollout pause
      "
    `);
    expect(view(all)).toMatchObject({ state: "rolling", failing: true });
    const halted = { ...ROLLOUT, failed, halted: "the canary h4 failed" };
    const stopped = without({ ...all, [keys.rollout]: halted }, keys.nodes.of(id(4)));
    expect(shown(stopped)).toMatchInlineSnapshot(`
      "
      Rollout   halted: 0 of 5 nodes run revision 3 · begun 60 s ago
      Halted    the canary h4 failed
      Failed    worker h4 for 40 s: web.service has given up, and it is not registered
      Outdated  h1, h2, h3, h5 run revision 2
      Next      push a fix: swarmkeeper units push FOLDER
                return to revision 2: swarmkeeper rollout undo
                retry the same revision: swarmkeeper rollout resume
      "
    `);
    expect(view(stopped)).toMatchObject({ state: "halted", failing: true });
    expect(view({ ...stopped, [keys.spec.of("rollout/retry")]: "now" }).next).toEqual([
      "nothing: the retry is requested, and the controller starts it",
    ]);
  });

  it("distinguishes reverting from reverted", () => {
    const back = { target: 2, progressAt: ago(6) };
    const reverting = { ...rolling(2, back), ...nodeAt(5, 3) };
    expect(shown(reverting)).toMatchInlineSnapshot(`
      "
      Rollout   reverting: revision 3 failed; 4 of 5 nodes run revision 2 · begun 60 s ago, 0 updated, last progress 6 s ago
      Outdated  h5 runs revision 3
      Next      push a fix: swarmkeeper units push FOLDER
                write the revision that nodes run into the spec: swarmkeeper rollout undo
      "
    `);
    expect(shown(rolling(2, back))).toMatchInlineSnapshot(`
      "
      Rollout   reverted: revision 3 of the spec failed; all 5 nodes run revision 2 · begun 60 s ago, 0 updated, last progress 6 s ago
      Next      push a fix: swarmkeeper units push FOLDER
                write the revision that nodes run into the spec: swarmkeeper rollout undo
      "
    `);
    expect(view(reverting)).toMatchObject({ state: "reverting", failing: true });
    expect(view(rolling(2, back))).toMatchObject({ state: "reverted", failing: true });
    expect(shown({ ...reverting, [keys.rollout]: { ...ROLLOUT, ...back, halted: "h5 failed" } })).toContain(
      "halted while reverting: revision 3 failed; 4 of 5 nodes run revision 2",
    );
  });

  it("is pending after a change of the spec, even if the rollout before has halted", () => {
    const all = { ...rolling(3), [keys.spec.of("units/files/web.service")]: webText(4) };
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Rollout   pending: the spec has changed; the controller makes a new revision and rolls it out · revision 3 until then
      "
    `);
    expect(view(all)).toMatchObject({ state: "pending", failing: false });
    const halted = { ...all, [keys.rollout]: { ...ROLLOUT, halted: "h4 failed" } };
    expect(view(halted)).toMatchObject({ state: "pending", failing: false });
    const unlisted = { ...rolling(3), [keys.spec.of("units/files/other.service")]: webText(4) };
    expect(view(unlisted).state).toBe("complete");
  });

  it("names nodes that are absent, paused, unassigned or at no stored revision", () => {
    const unknown = { generation: 1, role: "worker", etcd: { mode: "proxy", endpoints: [] }, units: ["x.service"] };
    const all = {
      ...without(rolling(2), keys.nodes.of(id(1)), keys.assignments.of(id(2))),
      ...nodeAt(3, 3),
      [keys.spec.of(`nodes/${id(4)}/paused`)]: "true",
      [keys.assignments.of(id(5))]: unknown,
      [keys.spec.of("rollout/paused")]: "true",
    };
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Rollout   paused: 1 of 5 nodes runs revision 3 · begun 60 s ago
      Paused    spec/rollout/paused is true: no further node is changed
      Outdated  h2: it has no assignment yet
      Outdated  h4: spec/nodes/000000000004/paused is true
      Outdated  h5 runs units of no stored revision
      Absent    h1 runs revision 2 and will be changed once registered again
      Next      change nodes again: swarmkeeper rollout resume
      "
    `);
    expect(view(all).state).toBe("paused");
    const complete = { ...rolling(3), ...nodeAt(4, 2) };
    expect(shown(without(complete, keys.nodes.of(id(4))))).toMatchInlineSnapshot(`
      "
      Rollout   complete: all 4 registered nodes run revision 3 · begun 60 s ago
      Absent    h4 runs revision 2 and will be changed once registered again
      "
    `);
  });

  it("shows rejected values, and that no controller leads", () => {
    const all = { ...without(rolling(3), keys.leader), [keys.spec.of("units/worker")]: "web.service\nclean" };
    const status = { effective: "web.service\nclean.timer" };
    expect(shown({ ...all, [keys.specStatus.of("units/worker")]: status })).toMatchInlineSnapshot(`
      "
      Rollout   complete: all 5 nodes run revision 3 · begun 60 s ago
      Waiting   no controller leads: nothing changes until one does
      Rejected  spec/units/worker:2:1: "clean" has no suffix; add one of .service, .timer, .socket, .mount, .path, .target · the last valid value stays in effect
      "
    `);
  });

  it("shows that there is no rollout yet", () => {
    expect(shown(without(rolling(1), keys.rollout))).toMatchInlineSnapshot(`
      "
      Rollout   none yet: no controller has started one
      "
    `);
    expect(shown(specOf(1))).toContain("none yet");
  });

  it("compares a node with a revision by the order of its units and their texts", () => {
    const assigned = (change: object) => {
      const all = rolling(3);
      const key = keys.assignments.of(id(5));
      const before = collected(all).assignments.get(id(5));
      return view({ ...all, [key]: { ...before, ...change } }).nodes.find(({ name }) => name === "h5")?.state;
    };
    expect(assigned({})).toBe("current");
    expect(assigned({ units: ["clean.timer", "web.service"] })).toBe("outdated");
    expect(assigned({ files: { "web.service": hash(3) } })).toBe("outdated");
    expect(assigned({ files: undefined })).toBe("outdated");
  });
});
