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
  it("says that all hosts run what is asked for", () => {
    const all = rolling(3, { lastGoodRevision: 3, updated: 5, progressAt: ago(20) });
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Rollout   complete: all 5 hosts run revision 3 · begun 60 s ago, 5 proven, the last step 20 s ago
      "
    `);
    expect(view(all)).toMatchObject({ state: "complete", failing: false, next: [] });
  });

  it("says how far it is, and for which host it waits and why", () => {
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
      Rollout   rolling: 1 of 5 hosts runs revision 3 · begun 60 s ago, 1 proven, the last step 6 s ago
      In flight manager h1 for 3 s: it has not reached its assignment yet
      In flight worker h4 for 6 s: well; proven once it has been so for 10 s
      In flight worker h5 for 9 s: web.service: keeps being restarted
      Outdated  h3 runs revision 2
      "
    `);
    expect(view(all)).toMatchObject({ state: "rolling", failing: false });
  });

  it("says who is drained first", () => {
    const all = rolling(2, { draining: [{ node: id(4), name: "h4", at: ago(3) }], progressAt: ago(3) });
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Rollout   rolling: 0 of 5 hosts run revision 3 · begun 60 s ago, 0 proven, the last step 3 s ago
      Draining  worker h4 for 3 s: its swarm tasks are moved away before it is changed
      Outdated  h1, h2, h3, h5 run revision 2
      "
    `);
  });

  it("says why it has halted, and what can be done", () => {
    const failed = [{ node: id(4), name: "h4", at: ago(40), reason: "Failed", why: "web.service has given up" }];
    const all = { ...rolling(2, { failed }), ...nodeAt(4, 3) };
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Rollout   rolling: 0 of 5 hosts run revision 3 · begun 60 s ago
      Failed    worker h4 for 40 s: web.service has given up
      Outdated  h1, h2, h3, h5 run revision 2
      Next      put what is mended: swarmkeeper units push FOLDER
                go back to revision 2: swarmkeeper rollout undo
                hold it: swarmkeeper rollout pause
      "
    `);
    expect(view(all)).toMatchObject({ state: "rolling", failing: true });
    const halted = { ...ROLLOUT, failed, halted: "the canary h4 failed" };
    const stopped = without({ ...all, [keys.rollout]: halted }, keys.nodes.of(id(4)));
    expect(shown(stopped)).toMatchInlineSnapshot(`
      "
      Rollout   halted: 0 of 5 hosts run revision 3 · begun 60 s ago
      Halted    the canary h4 failed
      Failed    worker h4 for 40 s: web.service has given up, and it is not there
      Outdated  h1, h2, h3, h5 run revision 2
      Next      put what is mended: swarmkeeper units push FOLDER
                go back to revision 2: swarmkeeper rollout undo
                try the same again: swarmkeeper rollout resume
      "
    `);
    expect(view(stopped)).toMatchObject({ state: "halted", failing: true });
    expect(view({ ...stopped, [keys.spec.of("rollout/retry")]: "now" }).next).toEqual([
      "nothing: it is asked to go on, and the controller takes that up",
    ]);
  });

  it("tells going back from having gone back", () => {
    const back = { target: 2, progressAt: ago(6) };
    const reverting = { ...rolling(2, back), ...nodeAt(5, 3) };
    expect(shown(reverting)).toMatchInlineSnapshot(`
      "
      Rollout   reverting: revision 3 failed; 4 of 5 hosts run revision 2 · begun 60 s ago, 0 proven, the last step 6 s ago
      Outdated  h5 runs revision 3
      Next      put what is mended: swarmkeeper units push FOLDER
                let the spec say what hosts run: swarmkeeper rollout undo
      "
    `);
    expect(shown(rolling(2, back))).toMatchInlineSnapshot(`
      "
      Rollout   reverted: revision 3 is asked for and failed; all 5 hosts run revision 2 · begun 60 s ago, 0 proven, the last step 6 s ago
      Next      put what is mended: swarmkeeper units push FOLDER
                let the spec say what hosts run: swarmkeeper rollout undo
      "
    `);
    expect(view(reverting)).toMatchObject({ state: "reverting", failing: true });
    expect(view(rolling(2, back))).toMatchObject({ state: "reverted", failing: true });
    expect(shown({ ...reverting, [keys.rollout]: { ...ROLLOUT, ...back, halted: "h5 failed" } })).toContain(
      "halted on the way back: revision 3 failed; 4 of 5 hosts run revision 2",
    );
  });

  it("is not complete by what was asked for before", () => {
    const all = { ...rolling(3), [keys.spec.of("units/files/web.service")]: webText(4) };
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Rollout   the spec says what no revision says yet: the controller makes one, and brings hosts to it · so far: revision 3
      "
    `);
    expect(view(all)).toMatchObject({ state: "pending", failing: false });
    const verdict = { ...all, [keys.rollout]: { ...ROLLOUT, halted: "h4 failed" } };
    expect(view(verdict)).toMatchObject({ state: "pending", failing: false });
    const unlisted = { ...rolling(3), [keys.spec.of("units/files/other.service")]: webText(4) };
    expect(view(unlisted).state).toBe("complete");
  });

  it("names what is absent, left alone, unassigned or at no kept revision", () => {
    const strange = { generation: 1, role: "worker", etcd: { mode: "proxy", endpoints: [] }, units: ["x.service"] };
    const all = {
      ...without(rolling(2), keys.nodes.of(id(1)), keys.assignments.of(id(2))),
      ...nodeAt(3, 3),
      [keys.spec.of(`nodes/${id(4)}/paused`)]: "true",
      [keys.assignments.of(id(5))]: strange,
      [keys.spec.of("rollout/paused")]: "true",
    };
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Rollout   paused: 1 of 5 hosts runs revision 3 · begun 60 s ago
      Paused    spec/rollout/paused is true: no further host is changed
      Outdated  h2: it has no assignment yet
      Outdated  h4: spec/nodes/000000000004/paused leaves it as it is
      Outdated  h5 runs what is no kept revision
      Absent    h1 runs revision 2; what is not there catches up when it is back
      Next      change hosts again: swarmkeeper rollout resume
      "
    `);
    expect(view(all).state).toBe("paused");
    const gone = { ...rolling(3), ...nodeAt(4, 2) };
    expect(shown(without(gone, keys.nodes.of(id(4))))).toMatchInlineSnapshot(`
      "
      Rollout   complete: all of the 4 hosts that are there run revision 3 · begun 60 s ago
      Absent    h4 runs revision 2; what is not there catches up when it is back
      "
    `);
  });

  it("says what is refused, and that nobody leads", () => {
    const all = { ...without(rolling(3), keys.leader), [keys.spec.of("units/worker")]: "web.service\nclean" };
    const status = { effective: "web.service\nclean.timer" };
    expect(shown({ ...all, [keys.specStatus.of("units/worker")]: status })).toMatchInlineSnapshot(`
      "
      Rollout   complete: all 5 hosts run revision 3 · begun 60 s ago
      Waiting   no controller leads: nothing goes on until one does
      Refused   spec/units/worker:2:1: "clean" has no suffix; add one of .service, .timer, .socket, .mount, .path, .target · the last good value is in force
      "
    `);
  });

  it("says that there is none yet", () => {
    expect(shown(without(rolling(1), keys.rollout))).toMatchInlineSnapshot(`
      "
      Rollout   none yet: no controller has reported what units it brings hosts to
      "
    `);
    expect(shown(specOf(1))).toContain("none yet");
  });

  it("takes a host for brought to a revision by names in order and by their texts alone", () => {
    const assigned = (change: object) => {
      const all = rolling(3);
      const key = keys.assignments.of(id(5));
      const before = collected(all).assignments.get(id(5));
      return view({ ...all, [key]: { ...before, ...change } }).hosts.find(({ name }) => name === "h5")?.state;
    };
    expect(assigned({})).toBe("current");
    expect(assigned({ units: ["clean.timer", "web.service"] })).toBe("outdated");
    expect(assigned({ files: { "web.service": hash(3) } })).toBe("outdated");
    expect(assigned({ files: undefined })).toBe("outdated");
  });
});
