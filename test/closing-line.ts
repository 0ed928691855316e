// Ends a test run with one line that people and CI can read: how many passed, failed and were skipped.
import type { Reporter, TestCase } from "vitest/node";

export default class ClosingLine implements Reporter {
  private readonly counts = { passed: 0, failed: 0, skipped: 0 };

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result();
    if (state !== "pending") this.counts[state] += 1;
  }

  onTestRunEnd(_modules: unknown, errors: readonly unknown[]): void {
    const { passed, failed, skipped } = this.counts;
    console.log(`\ntests: ${passed} passed, ${failed + errors.length} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  }
}
