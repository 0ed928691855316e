// Ends a test run with a summary for operators and CI: one line per failed test with its reason, and the numbers of
// passed, failed and skipped tests.
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

interface Failure {
  readonly where: string;
  readonly error: { readonly message: string } | undefined;
  /** How many tests failed because of it. */
  readonly tests: number;
}

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { message: string }[]): void {
    const tests = modules.flatMap(module => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter(test => test.result().state === state);
    const suites = modules.flatMap(module => [module, ...module.children.allSuites()]);
    const failures = [
      ...inState("failed").map(test => ({ where: nameOf(test), error: test.result().errors?.[0], tests: 1 })),
      ...suites.flatMap(brokenSuite),
      ...unhandled.map(error => ({ where: "outside of any test", error, tests: 1 })),
    ];
    const failed = failures.reduce((sum, failure) => sum + failure.tests, 0);
    const skipped = inState("skipped").length - tests.filter(neverBegun).length;
    for (const failure of failures) console.log(lineOf(failure));
    console.log(
      `\ntests: ${inState("passed").length} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
    );
  }
}

/**
 * Failures outside of tests: a file that cannot be loaded, a hook of a suite. Each test that never begins because of it
 * has failed. If there is no such test, as after a failed `afterAll`, the error itself counts.
 */
function brokenSuite(suite: TestModule | TestSuite): Failure[] {
  const errors = suite.errors();
  const own = [...suite.children.allTests()].filter(test => neverBegun(test) && brokenAbove(test) === suite);
  return errors.map((error, index) => ({
    where: nameOf(suite),
    error,
    tests: index === 0 ? Math.max(1, own.length) : 1,
  }));
}

/** True if Vitest reports the test as skipped, although the test does not ask for that. */
function neverBegun(test: TestCase): boolean {
  const onPurpose = test.options.mode === "skip" || test.options.mode === "todo";
  return !onPurpose && test.result().state === "skipped" && brokenAbove(test) !== undefined;
}

/** The outermost suite around a test that failed before any of its tests began, because its hook runs first. */
function brokenAbove(test: TestCase): TestModule | TestSuite | undefined {
  let outermost: TestModule | TestSuite | undefined;
  for (let at: TestModule | TestSuite = test.parent; ; at = at.parent) {
    if (at.errors().length > 0 && !hasBegun(at)) outermost = at;
    if (at.type === "module") return outermost;
  }
}

function hasBegun(suite: TestModule | TestSuite): boolean {
  return [...suite.children.allTests()].some(test => test.diagnostic() !== undefined);
}

function nameOf(task: TestCase | TestModule | TestSuite): string {
  return task.type === "module" ? task.relativeModuleId : `${task.module.relativeModuleId} > ${task.fullName}`;
}

function lineOf({ where, error, tests }: Failure): string {
  const reason = (error?.message ?? "for no reason given").split("\n", 1)[0];
  return `failed: ${where}: ${reason}${tests > 1 ? ` (${tests} tests)` : ""}`;
}
