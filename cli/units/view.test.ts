import { describe, expect, it } from "vitest";
import { collected, id, type Keys, keys, without } from "../../test/fixtures/cli/cluster.ts";
import { hash, nodeAt, rolling } from "../../test/fixtures/cli/rollout.ts";
import { plain } from "../terminal/paint.ts";
import { buildUnits, UnitsView, unitsText } from "./view.ts";

const view = (all: Keys) => UnitsView.strict().parse(buildUnits(collected(all)));
const shown = (all: Keys) => `\n${unitsText(view(all), plain).join("\n")}\n`;
const report = (name: string, more: object = {}) => ({
  name,
  active: "active",
  sub: "running",
  restarts: 0,
  ...more,
});

const problem = { reason: "CrashLoop", transient: false, message: "keeps being restarted" };

describe("swarmkeeper units diff", () => {
  it("finds nothing where every host runs what the spec says", () => {
    expect(shown(rolling(3))).toBe("\nEvery host that is there runs what the spec says.\n");
    expect(view(rolling(3)).same).toBe(true);
  });

  it("names the hosts that run another text, do not run it, run what they should not, or are not well", () => {
    const all = {
      ...rolling(3),
      ...nodeAt(2, 3, { units: [report("swarmkeeper-controller.service"), report("web.service")] }),
      ...nodeAt(3, 2),
      ...nodeAt(4, 1),
      ...nodeAt(5, 3, {
        units: [report("web.service", { file: hash(3), problem }), report("clean.timer")],
      }),
    };
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      4 of 5 units differ between the spec and the hosts:
      web.service · manager · text d8d4e21b5474 · as the spec says on 1 of 3
        other   h2: a text of their own
        other   h3: text 9bd313d1aebe
      web.service · worker · text d8d4e21b5474 · as the spec says on 1 of 2
        other   h4: text 52cb2e21449c
        unwell  h5: keeps being restarted
      clean.timer · worker · text 1615ec37cf18 · as the spec says on 0 of 2
        other   h5: a text of their own
        missing h4
      old.service · no worker shall run it
        runs    h4
      "
    `);
    expect(view(all).same).toBe(false);
  });

  it("claims nothing about hosts that are not there", () => {
    const all = without({ ...rolling(3), ...nodeAt(4, 1) }, keys.nodes.of(id(4)), keys.nodeStatus.of(id(5)));
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Every host that is there runs what the spec says.
      Nobody knows what these run, not there or silent: h4, h5
      "
    `);
  });
});
