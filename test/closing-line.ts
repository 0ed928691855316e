// Ends a test run with one line that people and CI can read: how many passed, failed and were skipped.
import type { Reporter, TestCase, TestModule } from "vitest/node";

export default class ClosingLine implements Reporter {
  private readonly counts = { passed: 0, failed: 0, skipped: 0 };

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result();
    if (state !== "pending") this.counts[state] += 1;
  }

  /** A file that could not even be loaded has no test case that fails: its errors count too. */
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const { passed, failed, skipped } = this.counts;
    const broken = modules.flatMap(module => module.errors()).length + unhandled.length;
    console.log(`\ntests: ${passed} passed, ${failed + broken} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  }
}
