import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "..");
const makefile = readFileSync(path.join(root, "Makefile"), "utf8");

/** The commands that make would run for these arguments. */
const commands = (...args: string[]) =>
  execFileSync("make", ["--dry-run", "--no-print-directory", ...args], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, MAKEFLAGS: "" },
  });

/** Each target, the variables that its help names, and its recipe. */
const targets = [...makefile.matchAll(/^([\w-]+):.*## (.*)\n((?:(?:\t|ifn?def|endif).*\n)*)/gm)].map(
  ([, name = "", help = "", recipe = ""]) => ({
    name,
    variables: [...help.matchAll(/\b([A-Z]+)=/g)].map(match => match[1] ?? ""),
    recipe,
  }),
);

describe("the Makefile", () => {
  it("passes on each variable that the help of a target names", () => {
    const exported = /^export (.*)$/m.exec(makefile)?.[1]?.split(" ") ?? [];
    const dropped = targets.flatMap(({ name, variables, recipe }) =>
      variables
        .filter(variable => !exported.includes(variable) && !new RegExp(`\\$\\(.*\\b${variable}\\b`).test(recipe))
        .map(variable => `${name} ${variable}`),
    );
    expect(dropped).toEqual([]);
    expect(targets.flatMap(({ variables }) => variables)).toEqual(expect.arrayContaining(["ARCH", "SEED", "SUITE"]));
  });

  it("builds a release for the requested architecture, by default for that of this machine", () => {
    expect(commands("release", "ARCH=arm64")).toMatch(/^npm run -s release -- arm64$/m);
    expect(commands("release", "ARCH=")).toMatch(/^npm run -s release -- *$/m);
  });

  it("runs the requested suite", () => {
    expect(commands("e2e", "SUITE=next")).toContain("test/e2e/next.test.ts");
    expect(commands("e2e", "SUITE=")).toContain("test/e2e/trixie.test.ts");
  });
});
