// params.yml → user-data, against golden files that a reviewer reads; `npx vitest -u` writes them anew.
// The install script and the agent's unit stand in them by name only: they have files of their own.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { AGENT_CONFIG_PATH, AgentConfig } from "../../crd-like-specs/agent-config.ts";
import { GenerateError, generate } from "../../generator/main.ts";
import { readCoreosConfig } from "./coreos-cloudinit.ts";

const run = promisify(execFile);
const golden = join(import.meta.dirname, "generator");
const repository = join(import.meta.dirname, "../..");
const release = {
  releaseUrl: "https://releases.swarm.internal/swarmkeeper-0.1.0-linux-x64.tar.gz",
  releaseSha256: "5f389964cd93dd9e348571a8437424ee1ad25a94e0eab61bf1c0122644e3e93f",
};
const cases = readdirSync(golden).sort();
const good = cases.filter(name => !name.startsWith("bad-"));
const bad = cases.filter(name => name.startsWith("bad-"));
const ROLES = ["manager", "worker"] as const;

let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), "swarmkeeper-generate-"));
});
afterAll(() => rmSync(out, { recursive: true }));

/** What two long texts of the repository become in a golden file. */
function withoutShippedTexts(text: string): string {
  return ["deploy/install.sh", "deploy/swarmkeeper-agent.service"].reduce((rest, path) => {
    const lines = readFileSync(join(repository, path), "utf8").trimEnd().split("\n");
    const block = (indent: string) => lines.map(line => (line === "" ? "" : indent + line)).join("\n");
    return rest.replace(block("    "), `    <${path}>`).replace(block("      "), `      <${path}>`);
  }, text);
}

describe.each(good)("%s", name => {
  const outDir = () => join(out, name);
  const userData = (role: string) => readFileSync(join(outDir(), `${role}.yml`), "utf8");

  test("generates what the golden files say", async () => {
    generate({ paramsPath: join(golden, name, "params.yml"), outDir: outDir(), ...(name === "original" && release) });
    for (const role of ROLES)
      await expect(withoutShippedTexts(userData(role))).toMatchFileSnapshot(
        join(golden, name, "expected", `${role}.yml`),
      );
  });

  test("puts onto hosts a configuration that the agent accepts, and the shipped texts to the letter", () => {
    for (const role of ROLES) {
      const files = filesOf(userData(role));
      expect(AgentConfig.parse(parse(files.get(AGENT_CONFIG_PATH) ?? "")).role).toBe(role);
      expect(files.get("/opt/swarmkeeper/install.sh")).toBe(
        readFileSync(join(repository, "deploy/install.sh"), "utf8"),
      );
      expect(files.get("/etc/systemd/system/swarmkeeper-agent.service")).toBe(
        readFileSync(join(repository, "deploy/swarmkeeper-agent.service"), "utf8"),
      );
    }
  });

  test("is valid to the validator of its dialect", { timeout: 60_000 }, async () => {
    for (const role of ROLES)
      if (userData(role).includes("\ncoreos:\n")) expect(readCoreosConfig(userData(role)).problems).toEqual([]);
      else expect(await cloudInitSchema(join(outDir(), `${role}.yml`))).toMatch(/^Valid /);
  });
});

describe.each(bad)("%s", name => {
  test("says everything that is wrong, and writes nothing", async () => {
    const outDir = join(out, name);
    const message = messageOf(() => generate({ paramsPath: join(golden, name, "params.yml"), outDir }));
    await expect(`${message.replaceAll(`${golden}/${name}/`, "")}\n`).toMatchFileSnapshot(
      join(golden, name, "expected", "message.txt"),
    );
    expect(existsSync(outDir)).toBe(false);
    expect(message).not.toContain("the-secret");
  });
});

/** Content by path, as a host of the dialect would write it, units included. */
function filesOf(text: string): Map<string, string> {
  if (text.includes("\ncoreos:\n")) return readCoreosConfig(text).files;
  const { write_files }: { write_files: { path: string; content: string }[] } = parse(text, { version: "1.1" });
  return new Map(write_files.map(({ path, content }) => [path, content]));
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof GenerateError) return error.message;
    throw error;
  }
  throw new Error("it was accepted");
}

async function cloudInitSchema(file: string): Promise<string> {
  try {
    return (await run("cloud-init", ["schema", "--config-file", file])).stdout;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      throw new Error(
        "cloud-init is not installed here; it is what proves user-data valid: apt-get install cloud-init",
      );
    throw error;
  }
}
