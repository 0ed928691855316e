// The commands around a rollout, as an operator runs them on any node: push a folder, pause, resume and undo.
import { describe, expect, it } from "vitest";
import type { Scenario } from "./lab-scenario.ts";
import { logOf, untilRollout, webUnit } from "./web-unit.ts";

/** Registers the tests. The workers run `before` as the marker of web.service before and after them. */
export function runsUnitCommands(scenario: Scenario, before: string): void {
  const folder = "/root/units";
  const operator = (words: string) => scenario.host("h4").out(`swarmkeeper ${words}`);
  const untilState = (wanted: string) => untilRollout(wanted, scenario.host("h4"), 180_000);
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
      expect(await operator(`units diff ${folder}`)).not.toMatch(/^[-+@]/m);
      expect(JSON.parse(await operator("units diff -o json"))).toMatchObject({ same: true, unknown: [] });
    });

    it("a pushed folder is in rollout history and is reverted by rollout undo", async () => {
      const { revisions } = JSON.parse(await operator("rollout history -o json"));
      expect(revisions[0]).toMatchObject({
        marks: [expect.any(String), "last good"],
        change: { texts: { changed: ["web.service"] } },
      });
      await operator("rollout undo");
      await untilState("complete");
      expect(await lastStarts()).toEqual(new Set([`start ${before}`]));
    });
  });
}
