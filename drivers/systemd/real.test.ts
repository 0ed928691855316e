import { describe, expect, it } from "vitest";
import type { Exec } from "./exec.ts";
import { systemdOver } from "./real.ts";

/** The calls of systemctl in a refresh, if it shows these units. */
async function asked(shown: { code?: number; stdout: string }): Promise<string[]> {
  const verbs: string[] = [];
  const exec: Exec = async (_program, words) => {
    const verb = words.find(word => !word.startsWith("-")) ?? "";
    verbs.push(verb);
    return verb === "show" ? { code: 0, stderr: "", ...shown } : { code: 0, stdout: "", stderr: "" };
  };
  await systemdOver(exec).refresh(["a.service", "b.service"]);
  return verbs;
}

const block = (load: string, need: string) => `LoadState=${load}\nNeedDaemonReload=${need}\n`;
const known = block("loaded", "no");

describe("refresh", () => {
  it("omits the reload if systemd has loaded the current files of all units", async () => {
    expect(await asked({ stdout: `${known}\n${known}` })).toEqual(["show"]);
  });

  it.each([
    ["another text of one unit is loaded", `${known}\n${block("loaded", "yes")}`],
    ["one unit is not found, as an older systemd reports for a new file", `${block("not-found", "no")}\n${known}`],
    ["one unit could not be loaded", `${block("bad-setting", "no")}\n${known}`],
  ])("reloads where %s", async (_, stdout) => {
    expect(await asked({ stdout })).toEqual(["show", "daemon-reload"]);
  });

  it("reloads if systemd does not show the state, as for templates", async () => {
    expect(await asked({ code: 1, stdout: "" })).toEqual(["show", "daemon-reload"]);
  });
});
