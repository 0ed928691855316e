// Starts long test files first, so that short ones fill the remaining time of the workers.
import { BaseSequencer, type TestSpecification } from "vitest/node";

const LONGEST = [
  "test/endurance/walks.test.ts",
  "test/conformance/docker/lab.test.ts",
  "test/e2e/units.test.ts",
  "test/e2e/remediation.test.ts",
  "test/endurance/chaos.test.ts",
  "test/e2e/vault.test.ts",
];

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex(path => moduleId.endsWith(path));
      return index < 0 ? LONGEST.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
