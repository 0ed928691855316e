// The rooms and who may import whom (docs/architecture.md). An arrow that is not drawn there fails the build.
const room = names => `^(${names.join("|")})/`;
const pure = ["fs", "fs/promises", "net", "http", "https", "child_process", "os", "dns", "process", "timers"];
const tests = "\\.test\\.ts$";

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "specs-import-nothing-of-ours",
      severity: "error",
      from: { path: "^crd-like-specs/", pathNot: tests },
      to: { path: room(["drivers", "controller", "agent", "generator", "cli", "test", "bench"]) },
    },
    {
      name: "drivers-import-specs-only",
      severity: "error",
      from: { path: "^drivers/", pathNot: tests },
      to: { path: room(["controller", "agent", "generator", "cli", "test", "bench"]) },
    },
    {
      name: "pure-rooms-touch-no-world",
      comment: "Time, files and sockets come in as data; state and plan only compute.",
      severity: "error",
      from: { path: "^(crd-like-specs|controller/(state|plan))/", pathNot: tests },
      to: { path: `^(node:)?(${pure.join("|")})$`, dependencyTypes: ["core"] },
    },
    {
      name: "state-below-plan",
      severity: "error",
      from: { path: "^controller/state/" },
      to: { path: "^(controller/(plan|effects|loop|main)|drivers)", pathNot: "^drivers/[^/]+/port\\.ts$" },
    },
    {
      name: "derived-once",
      comment: "worldOf derives what planners share, once a round; all others read it from World.",
      severity: "error",
      from: { path: "^(controller|bench)/", pathNot: `^controller/state/world\\.ts$|${tests}` },
      to: {
        path: "^controller/state/(machines|unreachable|removed|circuit-breaker|vaults)\\.ts$",
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "world-once",
      comment: "A round has one World: reconcile makes it, and hands it to the planner and to its check.",
      severity: "error",
      from: { path: "^controller/", pathNot: `^controller/loop/reconcile\\.ts$|${tests}` },
      to: { path: "^controller/state/world\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "plan-below-effects",
      severity: "error",
      from: { path: "^controller/plan/" },
      to: { path: "^(controller/(effects|loop|main)|drivers)", pathNot: "^drivers/[^/]+/port\\.ts$" },
    },
    {
      name: "effects-below-loop",
      severity: "error",
      from: { path: "^controller/effects/" },
      to: { path: "^controller/(loop|main)" },
    },
    {
      name: "only-main-holds-real-drivers",
      comment: "Everything else sees port.ts, so that a twin can stand in.",
      severity: "error",
      from: { path: "^(controller|agent|cli)/", pathNot: "(main\\.ts|\\.(test|fixture)\\.ts)$|^cli/" },
      to: { path: "^drivers/[^/]+/(real|memory)" },
    },
    {
      name: "rooms-do-not-reach-into-each-other",
      severity: "error",
      from: { path: "^(controller|agent|generator)/" },
      to: { path: "^(controller|agent|generator|cli|test|bench)/", pathNot: "^$1/|^test/" },
    },
    {
      name: "product-without-tests",
      severity: "error",
      from: { path: "^(crd-like-specs|drivers|controller|agent|generator|cli)/", pathNot: tests },
      to: { path: "^(test|bench)/" },
    },
    {
      name: "unit-tests-need-node-alone",
      comment: "What starts etcd, makes certificates or bundles is an *.integration.test.ts (vitest.config.ts).",
      severity: "error",
      from: {
        path: `${room(["crd-like-specs", "drivers", "controller", "agent", "generator", "cli", "deploy"])}.*${tests}`,
        pathNot: "\\.integration\\.test\\.ts$|^deploy/(bundle|install|package|release)\\.test\\.ts$",
      },
      to: {
        path: "^test/(fixtures/(etcd|vault|certificates)|conformance/etcd/(server|real))|^deploy/(bundle|release|runtime)\\.ts$",
      },
    },
    {
      name: "no-orphans",
      severity: "error",
      from: { orphan: true, pathNot: "(\\.test\\.ts|\\.config\\.ts|\\.d\\.ts|\\.cjs)$" },
      to: {},
    },
    {
      name: "declared-dependencies",
      severity: "error",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "unknown", "undetermined"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|out|\\.cache|node_modules)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default"] },
  },
};
