import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linesOf, placeIn, readYaml, type YamlEntry, type YamlNode } from "./yaml-document.ts";

function entryOf(text: string, key: string): YamlEntry {
  const { root } = readYaml(text);
  const entry = root.kind === "map" ? root.entries.get(key) : undefined;
  if (entry === undefined) throw new Error(`no ${key}`);
  return entry;
}

const valueOfA = (text: string): YamlNode => entryOf(text, "a").value;
const at = (line: number, column: number, length: number) => ({ line, column, length });

describe("readYaml", () => {
  it.each([
    ["a: 010", "010", at(1, 4, 3)],
    ["a: '3'", "3", at(1, 4, 3)],
    ["a: !!int 3", "3", at(1, 10, 1)],
    ["a: !unknown yes # comment", "yes", at(1, 13, 3)],
    ["a: ~", "~", at(1, 4, 1)],
    ["a: b\n  c\n", "b c", at(1, 4, 1)],
    ["a: |\n  b\n  c\n", "b\nc\n", at(1, 4, 1)],
    ["a: &anchor b", "b", at(1, 12, 1)],
    ['a: ""', "", at(1, 4, 2)],
  ])("reads the text in %j as it is written", (text, value, span) => {
    expect(valueOfA(text)).toMatchObject({ kind: "text", text: value, span });
  });

  it.each([
    ["a:", "empty", at(1, 3, 1)],
    ["a: # nothing", "empty", at(1, 4, 1)],
    ["{a}", "empty", at(1, 2, 1)],
    ["b: &x 1\na: *x", "alias", at(2, 4, 2)],
    ["a: [b, c]", "list", at(1, 4, 6)],
    ["a:\n  - b\n  - c", "list", at(2, 3, 3)],
    ["a: {b: c}", "map", at(1, 4, 6)],
  ])("finds the kind and the place of the value in %j", (text, kind, span) => {
    expect(valueOfA(text)).toMatchObject({ kind, span });
  });

  it("reads the first of two equal keys and reports the second, also if only one is quoted", () => {
    const { root, duplicates, syntax } = readYaml('a: 1\n"a": 2\nb: {c: 1, c: 2}\n');
    expect(root.kind === "map" && root.entries.get("a")?.value).toMatchObject({ text: "1" });
    expect(duplicates).toEqual([
      { ...at(2, 1, 3), message: "a is given twice", expected: "first on line 1" },
      { ...at(3, 11, 1), message: "c is given twice", expected: "first on line 3" },
    ]);
    expect(syntax).toEqual([]);
  });

  it("quotes nothing of a text with a syntax error, which may be a secret", () => {
    const { syntax } = readYaml('a: the-secret: "the-secret" the-secret\n');
    expect(syntax.length).toBeGreaterThan(0);
    expect(JSON.stringify(syntax)).not.toContain("the-secret");
  });

  it("reports an unclosed quote where it opens", () => {
    expect(readYaml('a: 1\nb: "2\n\n').syntax).toEqual([
      { ...at(2, 4, 1), message: "not YAML: this quote is never closed", expected: "close it" },
    ]);
  });

  it.each([
    ["a: |\n  one\n\n    two\n", 3, { line: 4, column: 5, length: 2 }],
    ["a: |2\n    one\n  two\n", 2, { line: 3, column: 5, length: 2 }],
    ["a: |\r\n  one\r\n  two\r\n", 2, { line: 3, column: 5, length: 2 }],
    ["a: >\n  one\n  two\n", 2, at(1, 4, 1)],
    ['a: "one\\ntwo"', 2, at(1, 4, 10)],
    ["a: |\n\n\n", 1, { line: 2, column: 3, length: 2 }],
  ])("placeIn finds the place of an error in %j", (text, line, place) => {
    expect(placeIn(valueOfA(text), { line, column: 3, length: 2 })).toEqual(place);
  });

  it("linesOf gives the lines of an entry", () => {
    expect(linesOf(entryOf("b: 1\na: |\n  x\n  y\nc: 2", "a"))).toEqual([2, 3, 4]);
    expect(linesOf(entryOf("b: 1\na: x\nc: 2", "a"))).toEqual([2]);
    expect(linesOf(entryOf("a:\nc: 2", "a"))).toEqual([1]);
    expect(linesOf(entryOf("a:\n  - x\n  - y\n", "a"))).toEqual([1, 2, 3]);
  });

  it("never throws for any text, and counts places from 1", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), text => {
        const { root, syntax, duplicates } = readYaml(text);
        for (const { line = 0, column = 0 } of [root.span, ...syntax, ...duplicates])
          expect(Math.min(line, column)).toBeGreaterThan(0);
      }),
    );
  });
});
