// Checks the style of the repository as far as a program can.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { VERSION } from "../crd-like-specs/version.ts";
import { retiredWords } from "./words.ts";

const root = path.resolve(import.meta.dirname, "..");
const files = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const code = files.filter(file => file.endsWith(".ts"));
const texts = files.filter(file => /\.(ts|md|sh|yml|service|cjs|json)$|Makefile$|^(test|\.ci)\/\w+$/.test(file));
const own = "test/tidy.test.ts";
/** Files that quote retired words on purpose, or that the project has not written. */
const quoting =
  /^docs\/glossary\.md$|^docs\/decisions\/0017|^CHANGELOG\.md$|^package-lock\.json$|^test\/words(\.test)?\.ts$|^test\/fixtures\/vault\/(?!.*\.ts$)/;

describe("the repository", () => {
  it("has a header with its purpose in every module", () => {
    const silent = code.filter(file => !file.endsWith(".test.ts") && !/^(#!.*\n)?\/\/ \S/.test(read(file)));
    expect(silent).toEqual([]);
  });

  it("has no source file above 350 lines", () => {
    const long = code.filter(file => read(file).split("\n").length > 350);
    expect(long).toEqual([]);
  });

  it("has no TODO marks and no silenced checks", () => {
    const smells =
      /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|expect-error)|biome-ignore|\bas any\b(?! \w)|\.only\(|\.skip\(/;
    expect(texts.filter(file => file !== own && smells.test(read(file)))).toEqual([]);
  });

  it("uses the glossary's words", () => {
    const more = files.filter(file => /\.(yaml|cfg|txt)$|Dockerfile$/.test(file));
    const found = [...texts, ...more]
      .filter(file => !quoting.test(file))
      .flatMap(file => retiredWords(read(file)).map(hit => `${file}:${hit.line}: ${hit.found} → ${hit.instead}`));
    expect(found).toEqual([]);
  });

  it("has no files named utils, helpers, misc or common", () => {
    expect(files.filter(file => /(^|\/)(utils?|helpers?|misc|common)(\/|\.)/.test(file))).toEqual([]);
  });

  it("names no host of a package registry, because each client knows its own", () => {
    const hosts = /registry\.npmjs|registry\.yarnpkg|proxy\.golang|deb\.debian|security\.debian|pypi\.org/;
    expect(texts.filter(file => file !== own && hosts.test(read(file)))).toEqual([]);
  });

  it("has the same version in package.json, in the code and in the changelog", () => {
    expect(JSON.parse(read("package.json")).version).toBe(VERSION);
    expect(read("CHANGELOG.md")).toContain(`## ${VERSION}`);
  });

  it("documents only make targets that exist, and links only to files that exist", () => {
    const readme = read("README.md");
    const targets = [...readme.matchAll(/^make ([\w-]+)/gm)].map(match => match[1]);
    const makefile = read("Makefile");
    expect(targets.filter(target => !new RegExp(`^${target}:.*## `, "m").test(makefile))).toEqual([]);
    const documents = files.filter(file => file.endsWith(".md"));
    const dead = documents.flatMap(document =>
      [...read(document).matchAll(/\]\(([^)#:]+)[^)]*\)/g)]
        .map(match => path.join(path.dirname(document), match[1] ?? ""))
        .filter(target => !files.some(file => file === target || file.startsWith(`${target.replace(/\/$/, "")}/`)))
        .map(target => `${document}: ${target}`),
    );
    expect(dead).toEqual([]);
  });
});
