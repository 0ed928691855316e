// params.yml → user-data, compared with golden files that a reviewer reads. `npx vitest -u` writes them again. They
// contain the install script and the agent's unit by name only, because both are files of the repository.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { AGENT_CONFIG_PATH, AgentConfig } from "../../crd-like-specs/agent-config.ts";
import { GenerateError, generate } from "../../generator/main.ts";
import { bad, coreos, generateCase, golden, good, isCoreos, ROLES } from "./cases.ts";
import { readCoreosConfig } from "./coreos-cloudinit.ts";

const repository = join(import.meta.dirname, "../..");

let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), "swarmkeeper-generate-"));
});
afterAll(() => rmSync(out, { recursive: true }));

/** Replaces two long texts of the repository by their names. */
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

  test("generates the user-data of the golden files", async () => {
    generateCase(name, outDir());
    for (const role of ROLES)
      await expect(withoutShippedTexts(userData(role))).toMatchFileSnapshot(
        join(golden, name, "expected", `${role}.yml`),
      );
  });

  test("writes a configuration that the agent accepts, and the shipped files unchanged", () => {
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
});

// cloud-init validates the user-data of its own dialect: cloud-init.integration.test.ts.
test.each(coreos)("%s generates user-data that a strict parser of the CoreOS dialect accepts", name => {
  const outDir = join(out, "strict", name);
  generateCase(name, outDir);
  for (const role of ROLES)
    expect(readCoreosConfig(readFileSync(join(outDir, `${role}.yml`), "utf8")).problems).toEqual([]);
});

describe.each(bad)("%s", name => {
  test("reports every error of the params and writes nothing", async () => {
    const outDir = join(out, name);
    const message = messageOf(() => generate({ paramsPath: join(golden, name, "params.yml"), outDir }));
    await expect(`${message.replaceAll(`${golden}/${name}/`, "")}\n`).toMatchFileSnapshot(
      join(golden, name, "expected", "message.txt"),
    );
    expect(existsSync(outDir)).toBe(false);
    expect(message).not.toContain("the-secret");
  });
});

/** Content by path, including units, as a node of the dialect writes it. */
function filesOf(text: string): Map<string, string> {
  if (isCoreos(text)) return readCoreosConfig(text).files;
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
  throw new Error("the params were accepted");
}
