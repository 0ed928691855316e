// The tests' kinds, and in which order they run.
import { defineConfig } from "vitest/config";
import ClosingLine from "./test/closing-line.ts";

const rooms = "{crd-like-specs,drivers,controller,agent,generator,cli,deploy,bench}";

/** One kind of tests; groups run one after the other, because the later ones want the machine to themselves. */
const project = (name: string, groupOrder: number, include: string[], more: object = {}) => ({
  test: { name, include, sequence: { groupOrder }, ...more },
});

/** Real servers and hosts: one file at a time, with deadlines of its own in each wait. */
const real = { fileParallelism: false, testTimeout: 300_000, hookTimeout: 300_000 };

/** Hosts mostly wait: two files at a time (three take as long), each with servers or a lab of its own. */
const hosts = { maxWorkers: 2, testTimeout: real.testTimeout, hookTimeout: real.hookTimeout };

/** Late, for the build of Vault takes many minutes. */
const REAL_VAULT = ["test/conformance/vault/{real,cli}.test.ts"];

export default defineConfig({
  test: {
    reporters: ["default", new ClosingLine()],
    projects: [
      project("unit", 1, [`${rooms}/**/*.test.ts`, "test/*.test.ts", "test/{golden,lab}/**/*.test.ts"], {
        testTimeout: 30_000,
      }),
      project("sim", 2, ["test/sim/**/*.test.ts"], { testTimeout: 120_000 }),
      project("conformance", 3, ["test/conformance/**/*.test.ts"], { ...real, exclude: REAL_VAULT }),
      project("e2e", 4, ["test/e2e/{trixie,bootstrap,death,units,vault}.test.ts"], {
        ...hosts,
        globalSetup: "test/e2e/one-engine.setup.ts",
      }),
      project("vault", 4, REAL_VAULT, hosts),
      project("endurance", 4, ["test/endurance/**/*.test.ts"], { maxWorkers: 2 }),
      // Not part of `make test`, which would take over an hour with them: `make e2e-all`.
      project("e2e-other", 5, ["test/e2e/{bookworm,next}.test.ts"], real),
    ],
  },
});
