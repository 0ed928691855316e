// The commands around a rollout, as an operator runs them on any node: push a folder, pause, resume and undo.
import { describe, expect, it } from "vitest";
import { waitFor } from "../lab/wait.ts";
import type { Scenario } from "./lab-scenario.ts";
import { logOf, webUnit } from "./web-unit.ts";

/** Registers the tests. The workers run `before` as the marker of web.service before and after them. */
export function runsUnitCommands(scenario: Scenario, before: string): void {
  const folder = "/root/units";
  const operator = (words: string) => scenario.host("h4").out(`swarmkeeper ${words}`);
  const stateOf = async (): Promise<string> => JSON.parse(await operator("rollout status -o json || true")).state;
  const untilState = (wanted: string) =>
    waitFor(`the rollout to be ${wanted}`, 180_000, async saw => {
      const state = await stateOf();
      saw(state);
      return state === wanted;
    });
  const lastStarts = async () =>
    new Set(
      await Promise.all(
        scenario
          .hosts()
          .filter(({ name }) => name >= "h4")
          .map(async host => (await logOf(host)).at(-1)?.split(" ").slice(0, 2).join(" ")),
      ),
    );

  describe("a folder of units", () => {
    it("a folder is shown by units diff, pushed while paused, and rolled out after rollout resume", async () => {
      await untilState("complete");
      const host = scenario.host("h4");
      await host.out(`mkdir -p ${folder} && echo web.service >${folder}/worker.list`);
      await host.exec(`cat >${folder}/web.service`, { stdin: webUnit("pushed") });
      const diff = await operator(`units diff ${folder}`);
      expect(diff).toContain(`-Description=${before}`);
      expect(diff).toContain("+Description=pushed");
      await operator("rollout pause");
      expect(await operator(`units push ${folder}`)).toContain("units/files/web.service");
      await untilState("paused");
      expect(await lastStarts()).toEqual(new Set([`start ${before}`]));
      await operator("rollout resume");
      await untilState("complete");
      expect(await lastStarts()).toEqual(new Set(["start pushed"]));
      expect(await operator(`units diff ${folder}`)).toContain("No differences");
      expect(await operator("units diff")).toContain("Every registered node runs the units of the spec.");
    });

    it("a pushed folder is in rollout history and is reverted by rollout undo", async () => {
      expect(await operator("rollout history")).toMatch(/in effect, last good\s+text of web\.service changed/);
      await operator("rollout undo");
      await untilState("complete");
      expect(await lastStarts()).toEqual(new Set([`start ${before}`]));
    });
  });
}
