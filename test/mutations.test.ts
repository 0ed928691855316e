import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { MUTATIONS } from "./sim/mutations.ts";

const root = path.resolve(import.meta.dirname, "..");

it.each(MUTATIONS)("the mutant can be planted: $name", ({ file, from }) => {
  expect(readFileSync(path.join(root, file), "utf8").split(from)).toHaveLength(2);
});
