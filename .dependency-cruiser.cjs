// The rooms and what each may import (docs/architecture.md). An import that is not drawn there fails the build.
const ROOMS = [
  ...["crd-like-specs", "drivers", "coordination", "notifications", "quorum"],
  ...["controller", "agent", "generator", "cli", "deploy", "test", "bench"],
];
const room = names => `^(${names.join("|")})/`;
/** All rooms but these. */
const others = (...names) => room(ROOMS.filter(name => !names.includes(name)));
const tests = "\\.test\\.ts$";
const product = ROOMS.slice(0, ROOMS.indexOf("deploy"));

/** Ports are interfaces; the back-off is arithmetic that drivers and all above them share. */
const ports = "^drivers/([^/]+/port|clock/backoff)\\.ts$";
const arithmetic = "^quorum/(arithmetic|urls)\\.ts$";
/** What reaches out of the process. */
const system = ["fs", "fs/promises", "net", "http", "https", "child_process", "os", "dns", "process", "timers"];

const rule = (name, from, to, comment) => ({ name, severity: "error", from, to, ...(comment && { comment }) });

/** A room of several that share what they may see: some rooms whole, and of others a few files. */
const imports = (name, path, rooms, files = []) =>
  rule(`${name}-imports`, { path, pathNot: tests }, { path: others(...rooms), pathNot: [path, ...files].join("|") });

module.exports = {
  forbidden: [
    rule("no-cycles", {}, { circular: true }),
    imports("specs", "^crd-like-specs/", []),
    imports("drivers", "^drivers/", ["crd-like-specs"]),
    imports("coordination", "^coordination/", ["crd-like-specs"], [ports]),
    imports("notifications", "^notifications/", ["crd-like-specs", "coordination"], [ports]),
    imports("quorum", "^quorum/", ["crd-like-specs", "coordination"], [ports]),
    imports("state", "^controller/state/", ["crd-like-specs"], [ports, arithmetic]),
    imports("plan", "^controller/plan/", ["crd-like-specs"], [ports, arithmetic, "^controller/state/"]),
    imports("events", "^controller/events/", ["crd-like-specs"], ["^controller/(state|plan)/"]),
    imports(
      "effects",
      "^controller/effects/",
      ["crd-like-specs", "coordination", "quorum"],
      [ports, "^controller/((state|plan|events)/|context\\.ts$)"],
    ),
    imports(
      "loop",
      "^controller/loop/",
      ["crd-like-specs", "coordination", "quorum", "notifications"],
      [ports, "^controller/(state|plan|events|effects)/|^controller/context\\.ts$"],
    ),
    imports("generator", "^generator/", ["crd-like-specs"]),
    rule(
      "agent-imports",
      { path: "^agent/", pathNot: tests },
      { path: others("agent", "crd-like-specs", "drivers", "coordination", "notifications") },
    ),
    rule(
      "agent-host-is-at-the-bottom",
      { path: "^agent/host/", pathNot: tests },
      { path: "^agent/", pathNot: "^agent/host/", dependencyTypesNot: ["type-only"] },
      "Facts about this node: everything else of the agent reads them.",
    ),
    rule(
      "agent-runs-downwards",
      { path: "^agent/(etcd|units|vault)/", pathNot: tests },
      { path: "^agent/(status|assignment|swarm|[^/]+\\.ts$)", dependencyTypesNot: ["type-only"] },
      "main > agent > status, assignment, swarm > etcd, units, vault > host: only types are imported from above.",
    ),
    rule(
      "cli-imports",
      { path: "^cli/", pathNot: tests },
      { path: "^(controller|agent|generator|deploy|test|bench)/", pathNot: "^(controller|agent|generator)/main\\.ts$" },
      "The CLI starts agent and controller, and reads what they publish; it shares no code with them.",
    ),
    rule(
      "only-main-holds-real-drivers",
      { path: "^(coordination|notifications|quorum|controller|agent)/", pathNot: `main\\.ts$|${tests}` },
      { path: "^drivers/[^/]+/real" },
      "All other code sees port.ts, so that a fake can replace the driver.",
    ),
    rule(
      "product-without-tests",
      { path: room(product), pathNot: tests },
      { path: "^(test|bench)/" },
      "Fakes and fixtures are in test/; only tests import them.",
    ),
    rule(
      "pure-rooms-touch-no-system",
      { path: "^(crd-like-specs|controller/(state|plan|events)|quorum/arithmetic)", pathNot: tests },
      { path: `^(node:)?(${system.join("|")})$`, dependencyTypes: ["core"] },
      "Time, files and sockets come in as data.",
    ),
    rule(
      "derived-once",
      { path: "^(controller|bench)/", pathNot: `^controller/state/world\\.ts$|${tests}` },
      {
        path: "^controller/state/(machines|unreachable|removed|circuit-breaker|vaults)\\.ts$",
        dependencyTypesNot: ["type-only"],
      },
      "worldOf derives what planners share, once a round; all others read it from World.",
    ),
    rule(
      "world-once",
      { path: "^controller/", pathNot: `^controller/loop/reconcile\\.ts$|${tests}` },
      { path: "^controller/state/world\\.ts$", dependencyTypesNot: ["type-only"] },
      "A round has one World: reconcile makes it, and hands it to the planner and to its check.",
    ),
    rule(
      "unit-tests-need-node-alone",
      {
        path: `${room([...product, "deploy"])}.*${tests}`,
        pathNot: "\\.integration\\.test\\.ts$|^deploy/(bundle|install|package|release)\\.test\\.ts$",
      },
      {
        path: "^test/(fixtures/(etcd|vault|certificates)|conformance/etcd/(server|real))|^deploy/(bundle|release|runtime)\\.ts$",
      },
      "What starts etcd, makes certificates or bundles is an *.integration.test.ts (vitest.config.ts).",
    ),
    rule("no-orphans", { orphan: true, pathNot: "(\\.test\\.ts|\\.config\\.ts|\\.d\\.ts|\\.cjs)$" }, {}),
    rule("declared-dependencies", {}, { dependencyTypes: ["npm-no-pkg", "unknown", "undetermined"] }),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|out|\\.cache|node_modules)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default"] },
  },
};
