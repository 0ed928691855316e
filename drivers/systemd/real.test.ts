import { describe, expect, it } from "vitest";
import type { Exec } from "./exec.ts";
import { systemdOver } from "./real.ts";

/** What is asked of systemctl in a refresh, where it tells this of the units. */
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

describe("a refresh", () => {
  it("spares the reload where all units are as they lie", async () => {
    expect(await asked({ stdout: `${known}\n${known}` })).toEqual(["show"]);
  });

  it.each([
    ["another text of one is loaded", `${known}\n${block("loaded", "yes")}`],
    ["one is not found, which an older systemd says of a new file", `${block("not-found", "no")}\n${known}`],
    ["one could not be loaded", `${block("bad-setting", "no")}\n${known}`],
  ])("reloads where %s", async (_, stdout) => {
    expect(await asked({ stdout })).toEqual(["show", "daemon-reload"]);
  });

  it("reloads where systemd does not tell, as of templates", async () => {
    expect(await asked({ code: 1, stdout: "" })).toEqual(["show", "daemon-reload"]);
  });
});
