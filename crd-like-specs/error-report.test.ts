import { describe, expect, it } from "vitest";
import { errorReport } from "./error-report.ts";
import { parseCluster } from "./settings/cluster.ts";

const error = { message: "wrong", expected: "use another" };

describe("errorReport", () => {
  it("shows each error with its line and carets, in the order of the lines, and errors without a line last", () => {
    const errors = [
      { ...error },
      { ...error, line: 2, column: 4, length: 3 },
      { ...error, path: "spec/a", line: 2, column: 1 },
      { ...error, line: 1, column: 2, length: 99 },
    ];
    expect(errorReport("f.yml", "abc\r\n12 456\r\n", errors)).toBe(`f.yml:1:2  wrong
  1 | abc
    |  ^^  use another
f.yml:2:1  spec/a: wrong
  2 | 12 456
    | ^  use another
f.yml:2:4  wrong
  2 | 12 456
    |    ^^^  use another
f.yml  wrong
    use another`);
  });

  it("keeps tabs, so that the carets are below the error, and replaces other control characters", () => {
    expect(errorReport("f", "\t\u001b[31mx", [{ ...error, line: 1, column: 2, length: 2 }])).toBe(
      "f:1:2  wrong\n  1 | \t\uFFFD[31mx\n    | \t^^  use another",
    );
  });

  it("cuts a very long line", () => {
    const report = errorReport("f", "x".repeat(10_000), [{ ...error, line: 1, column: 9_000, length: 10 }]);
    expect(report.length).toBeLessThan(500);
    expect(report).toContain("f:1:9000  wrong");
  });

  it.each([
    ['  token = "the-secret"', "  token = …"],
    ["Environment=VAULT_TOKEN=the-secret", "Environment= …"],
    ["password the-secret", "…"],
    ['seal "transit" { token = "the-secret" }', "seal …"],
    ["url: https://hooks.slack.com/services/the-secret", "url: …"],
    ["  https://hooks.slack.com/services/the-secret", "  https: …"],
    ["private_key: the-secret", "private_key: …"],
  ])("hides the value in a line that may contain a secret: %j", (line, shown) => {
    for (const column of [1, 10, 20]) {
      const report = errorReport("f", line, [{ ...error, line: 1, column, length: 30 }]);
      expect(report).not.toContain("the-secret");
      expect(report).toContain(`  1 | ${shown}\n`);
    }
  });

  it("shows etcd-token, which is not a secret", () => {
    expect(errorReport("f", "etcd-token: two", [{ ...error, line: 1 }])).toContain("  1 | etcd-token: two\n");
  });

  it("hides the given secret lines", () => {
    expect(errorReport("f", "a\nb = c\n", [{ ...error, line: 2, column: 1, length: 1 }], new Set([2]))).toBe(
      "f:2:1  wrong\n  2 | b = …\n    | ^  use another",
    );
  });
});

describe("errorReport of a Cluster document", () => {
  const report = (text: string) => {
    const reading = parseCluster(text);
    return reading.ok ? "" : errorReport("cluster.yml", text, reading.errors, reading.secretLines);
  };
  const withConfig = (config: string) => `apiVersion: swarmkeeper/v1\nkind: Cluster\nspec:\n  vault:\n    ${config}\n`;

  it("points to the line within a block of text", () => {
    const text = withConfig('config: |\n      ui = true\n      storage "raft" {\n        path = "the-secret"');
    expect(
      report(text),
    ).toBe(`cluster.yml:7:7  spec/vault/config: storage is not allowed here: spec/vault/storage decides where Vault keeps its data
  7 |       storage …
    |       ^^^^^^^  leave it out`);
  });

  it.each([
    'config: "token = the-secret"',
    "config: {a: the-secret}",
    "config:\n      - the-secret",
    "config: |\n      the-secret\n     broken: [",
    'config: >\n      token = "the-secret"',
    "config: 'storage = the-secret",
  ])("never shows the content of spec/vault/config: %j", config => {
    expect(report(withConfig(config))).toMatch(/^cluster\.yml:\d+:\d+ {2}/);
    expect(report(withConfig(config))).not.toContain("the-secret");
  });
});
