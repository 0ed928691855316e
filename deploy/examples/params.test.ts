import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { allKeys } from "../../generator/keys.ts";
import { generate } from "../../generator/main.ts";

const paramsPath = join(import.meta.dirname, "params.yml");

test("the example params are valid", () => {
  const outDir = mkdtempSync(join(tmpdir(), "swarmkeeper-example-"));
  try {
    expect(generate({ paramsPath, outDir }).files).toHaveLength(2);
  } finally {
    rmSync(outDir, { recursive: true });
  }
});

test("the example params explain every key and no other", () => {
  const keys = [...readFileSync(paramsPath, "utf8").matchAll(/^(?:# )?([a-z0-9-]+):( |$)/gm)].map(([, key]) => key);
  expect(new Set(keys)).toEqual(new Set(Object.keys(allKeys)));
});
