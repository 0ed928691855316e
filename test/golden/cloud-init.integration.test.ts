// Validates the generated user-data with cloud-init itself.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cloudInit, generateCase, ROLES } from "./cases.ts";

let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), "swarmkeeper-cloud-init-"));
});
afterAll(() => rmSync(out, { recursive: true }));

test.each(cloudInit)("%s generates user-data that cloud-init accepts", { timeout: 60_000 }, async name => {
  generateCase(name, join(out, name));
  for (const role of ROLES) expect(await cloudInitSchema(join(out, name, `${role}.yml`))).toMatch(/^Valid /);
});

async function cloudInitSchema(file: string): Promise<string> {
  try {
    return (await promisify(execFile)("cloud-init", ["schema", "--config-file", file])).stdout;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      throw new Error(
        "cloud-init is not installed, and this test needs it to validate user-data: apt-get install cloud-init",
      );
    throw error;
  }
}
