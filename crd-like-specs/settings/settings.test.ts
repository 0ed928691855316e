// The settings object that is derived from the table, and a proof that the program reads every setting.
import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { settingsOf } from "./settings.ts";
import { DEFAULT_SPEC } from "./spec.ts";
import { FIELDS, SETTING_READERS, SPEC_PATHS, type SpecPath, type ValueAt } from "./table.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** The property names of a setting: `rollout/max-unavailable` is `rollout.maxUnavailable`. */
const names = (setting: string) =>
  setting.split("/").map(part => part.replace(/-[a-z]/g, ([, letter = ""]) => letter.toUpperCase()));

/** Each property that a file reads, with the name of its object: `rollout.canary` of `spec.rollout.canary`. */
function readsIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(path.join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) found.push(`${lastName(node.expression)}.${node.name.text}`);
    if (ts.isVariableDeclaration(node) && node.initializer && ts.isObjectBindingPattern(node.name)) {
      for (const { name, propertyName } of node.name.elements)
        found.push(`${lastName(node.initializer)}.${(propertyName ?? name).getText()}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const lastName = (node: ts.Expression): string =>
  ts.isElementAccessExpression(node) ? lastName(node.expression) : node.getText().replace(/.*\./s, "");

describe("settings", () => {
  it.each(SPEC_PATHS)("%s sets its own property and no other", setting => {
    const [first = "", second] = names(setting);
    const value: ValueAt<SpecPath> = ["marked"];
    const expected: Record<string, unknown> = { ...settingsOf(new Map()) };
    expected[first] = second === undefined ? value : { ...(expected[first] as object), [second]: value };
    expect(settingsOf(new Map([[setting, value]]))).toEqual(expected);
  });

  it("have their defaults if there is no key", () => {
    expect(DEFAULT_SPEC.rollout.maxUnavailable).toEqual(FIELDS["rollout/max-unavailable"].default);
    expect(DEFAULT_SPEC.units).toEqual({ manager: ["swarmkeeper-controller.service"], worker: [], files: {} });
  });

  it.each(Object.entries(SETTING_READERS))("%s is read by %s", (setting, file) => {
    const [folder, name] = setting.includes("/") ? names(setting).slice(-2) : ["spec", setting];
    // The settings of one node have any name after they are read from `spec.nodes`.
    const read = folder === "ID" ? expect.stringMatching(new RegExp(`\\.${name}$`)) : `${folder}.${name}`;
    expect(readsIn(file)).toContainEqual(read);
  });
});

describe("a setting without a reader", () => {
  const table = path.join(root, "crd-like-specs/settings/table.ts");

  /** The errors of the compiler for the table with this text instead of its own. */
  function errorsOf(text: string): string[] {
    const { config } = ts.readConfigFile(path.join(root, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [table] }, ts.sys, root);
    const host = ts.createCompilerHost(options);
    const readFile = (name: string) => (path.resolve(name) === table ? text : ts.sys.readFile(name));
    const getSourceFile: typeof host.getSourceFile = (name, version) => {
      const source = readFile(name);
      return source === undefined ? undefined : ts.createSourceFile(name, source, version);
    };
    const program = ts.createProgram([table], options, { ...host, readFile, getSourceFile });
    return ts
      .getPreEmitDiagnostics(program, program.getSourceFile(table))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
  }

  it("does not compile", () => {
    const text = readFileSync(table, "utf8");
    const changed = text.replace(
      "export const FIELDS = {\n",
      'export const FIELDS = {\n  "rollout/read-nowhere": boolean("x", true),\n',
    );
    expect(changed).not.toBe(text);
    expect(errorsOf(changed)).toEqual([expect.stringContaining("Property '\"rollout/read-nowhere\"' is missing")]);
  });
});
