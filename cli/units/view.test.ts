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
  it("shows no difference if every node runs the units of the spec", () => {
    expect(shown(rolling(3))).toBe("\nEvery registered node runs the units of the spec.\n");
    expect(view(rolling(3)).same).toBe(true);
  });

  it("names the nodes with another text, a missing, an unwanted or an unhealthy unit", () => {
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
      4 of 5 units differ between the spec and the nodes:
      web.service · manager · text d8d4e21b5474 · as in the spec on 1 of 3
        other   h2: their own text
        other   h3: text 9bd313d1aebe
      web.service · worker · text d8d4e21b5474 · as in the spec on 1 of 2
        other     h4: text 52cb2e21449c
        unhealthy h5: keeps being restarted
      clean.timer · worker · text 1615ec37cf18 · as in the spec on 0 of 2
        other   h5: their own text
        missing h4
      old.service · not wanted on a worker
        runs    h4
      "
    `);
    expect(view(all).same).toBe(false);
  });

  it("shows the units of nodes without a registration or a report as unknown", () => {
    const all = without({ ...rolling(3), ...nodeAt(4, 1) }, keys.nodes.of(id(4)), keys.nodeStatus.of(id(5)));
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Every registered node runs the units of the spec.
      Unknown, because not registered or without a report: h4, h5
      "
    `);
  });
});
