// The kinds of tests and the order in which they run.
import { defineConfig } from "vitest/config";
import ClosingLine from "./test/closing-line.ts";
import LongestFirst from "./test/longest-first.ts";

const rooms = "{crd-like-specs,drivers,coordination,notifications,quorum,controller,agent,generator,cli,deploy,bench}";

/** One kind of tests. Groups run one after the other, because later ones need the whole machine. */
const project = (name: string, groupOrder: number, include: string[], more: object = {}) => ({
  test: { name, include, sequence: { groupOrder }, ...more },
});

/** Tests that need more than `npm ci` installs: etcd, busybox, curl, openssl or cloud-init. Also those of the bundle. */
const INTEGRATION = [
  `${rooms}/**/*.integration.test.ts`,
  "deploy/{bundle,install,package,release}.test.ts",
  "test/golden/**/*.integration.test.ts",
];

/** Tests of real servers and nodes mostly wait, so files run in parallel, each with its own servers or lab. */
const real = (maxWorkers: number) => ({ maxWorkers, testTimeout: 300_000, hookTimeout: 300_000 });

/** For projects whose files create and remove labs in parallel. */
const ONE_ENGINE = { globalSetup: "test/lab/one-engine.setup.ts" };

/** Runs late, because the build of Vault takes many minutes. */
const REAL_VAULT = ["test/conformance/vault/{real,cli}.test.ts"];

export default defineConfig({
  test: {
    reporters: ["default", new ClosingLine()],
    sequence: { sequencer: LongestFirst },
    projects: [
      project("unit", 1, [`${rooms}/**/*.test.ts`, "test/*.test.ts", "test/{fakes,golden,lab}/**/*.test.ts"], {
        exclude: INTEGRATION,
        testTimeout: 30_000,
        // No module here has state. So files share a process, which halves the time.
        isolate: false,
      }),
      project("integration", 1, INTEGRATION, { testTimeout: 30_000 }),
      project("sim", 2, ["test/sim/**/*.test.ts"], { testTimeout: 120_000, hookTimeout: 120_000 }),
      // The walks compute at the lowest priority while the drivers' suites wait.
      project("conformance", 3, ["test/conformance/**/*.test.ts"], { ...real(3), ...ONE_ENGINE, exclude: REAL_VAULT }),
      project("walks", 3, ["test/endurance/walks.test.ts"], { maxWorkers: 3 }),
      // Three workers take as long as two on two cores.
      project("e2e", 4, ["test/e2e/{trixie,bootstrap,remediation,units,vault}.test.ts"], { ...real(2), ...ONE_ENGINE }),
      project("vault", 4, REAL_VAULT, real(2)),
      project("chaos", 4, ["test/endurance/chaos.test.ts"], { maxWorkers: 2 }),
      // `make e2e-all` runs these. `make test` does not: it would take over an hour with them.
      project("e2e-other", 5, ["test/e2e/{bookworm,next}.test.ts"], real(1)),
    ],
  },
});
