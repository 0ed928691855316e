import { expect, it } from "vitest";
import { changesText } from "./change-text.ts";
import { plain } from "./paint.ts";

it("a change of the spec is one line, without a text that may hold a secret", () => {
  const change = { default: "", modRevision: 1 };
  expect(
    changesText(
      [
        { ...change, path: "managers", from: "3", to: "5" },
        { ...change, path: "units/files/a.service", from: undefined, to: "1\n2\n3\n4\n5\n6\n" },
        { ...change, path: "vault/config", from: 'token = "the-secret"', to: undefined },
        { ...change, path: "vault/config", from: undefined, to: "ui = true\nx = 1\n" },
      ],
      false,
      plain,
    ),
  ).toEqual([
    "~ spec/managers 3 → 5",
    "+ spec/units/files/a.service (6 lines)",
    "- spec/vault/config (1 line) → nothing",
    "+ spec/vault/config (2 lines)",
  ]);
});
