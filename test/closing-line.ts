// Ends a test run with a summary for operators and CI: one line per failed test with its reason, and the numbers of
// passed, failed and skipped tests.
import type { Reporter, TestCase, TestModule } from "vitest/node";

export default class ClosingLine implements Reporter {
  private readonly counts = { passed: 0, failed: 0, skipped: 0 };
  private readonly failures: string[] = [];

  onTestCaseResult(test: TestCase): void {
    const { state, errors } = test.result();
    if (state === "pending") return;
    this.counts[state] += 1;
    if (state === "failed")
      this.failures.push(failure(`${test.module.relativeModuleId} > ${test.fullName}`, errors[0]));
  }

  /** Also counts the errors of a file that could not be loaded, because it has no test case that fails. */
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { message: string }[]): void {
    const broken = [
      ...modules.flatMap(module => module.errors().map(error => failure(module.relativeModuleId, error))),
      ...unhandled.map(error => failure("outside of any test", error)),
    ];
    const { passed, failed, skipped } = this.counts;
    for (const line of [...this.failures, ...broken]) console.log(`failed: ${line}`);
    console.log(
      `\ntests: ${passed} passed, ${failed + broken.length} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
    );
  }
}

function failure(where: string, error: { message: string } | undefined): string {
  return `${where}: ${(error?.message ?? "for no reason given").split("\n", 1)[0]}`;
}
