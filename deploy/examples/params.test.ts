import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { allKeys } from "../../generator/keys.ts";
import { GenerateError, generate } from "../../generator/main.ts";

const paramsPath = join(import.meta.dirname, "params.yml");
const release = {
  releaseUrl: "https://releases.swarm.internal/swarmkeeper-0.1.0-linux-x64.tar.gz",
  releaseSha256: "5f389964cd93dd9e348571a8437424ee1ad25a94e0eab61bf1c0122644e3e93f",
};

let outDir: string;
beforeEach(() => {
  outDir = mkdtempSync(join(tmpdir(), "swarmkeeper-example-"));
});
afterEach(() => rmSync(outDir, { recursive: true }));

test("the example params lack only a release", () => {
  expect(generate({ paramsPath, outDir, ...release }).files).toHaveLength(2);
});

test("the unchanged example params are rejected, because nodes would wait for its release forever", () => {
  let messages: string[] = [];
  try {
    generate({ paramsPath, outDir });
  } catch (error) {
    if (error instanceof GenerateError) messages = error.errors.map(({ message }) => message);
  }
  expect(messages).toEqual([
    "release-url: releases.example.com is a placeholder: nodes cannot fetch a release from it",
    "release-sha256: a sha256 of zeros is a placeholder: no file has this hash",
  ]);
  expect(readdirSync(outDir)).toEqual([]);
});

test("the example params explain every key and no other", () => {
  const keys = [...readFileSync(paramsPath, "utf8").matchAll(/^(?:# )?([a-z0-9-]+):( |$)/gm)].map(([, key]) => key);
  expect(new Set(keys)).toEqual(new Set(Object.keys(allKeys)));
});
