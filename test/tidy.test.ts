// The style of the house, as far as a machine can see it.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { VERSION } from "../crd-like-specs/version.ts";

const root = path.resolve(import.meta.dirname, "..");
const files = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const code = files.filter(file => file.endsWith(".ts"));
const texts = files.filter(file => /\.(ts|md|sh|yml|service|cjs|json)$|Makefile$|^(test|\.ci)\/\w+$/.test(file));
const own = "test/tidy.test.ts";

describe("the house", () => {
  it("has modules that open by saying what they are for", () => {
    const silent = code.filter(file => !file.endsWith(".test.ts") && !/^(#!.*\n)?\/\/ \S/.test(read(file)));
    expect(silent).toEqual([]);
  });

  it("has files that one person can hold in mind", () => {
    const long = code.filter(file => read(file).split("\n").length > 350);
    expect(long).toEqual([]);
  });

  it("has no unfinished corners and no silenced checks", () => {
    const smells =
      /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|expect-error)|biome-ignore|\bas any\b(?! \w)|\.only\(|\.skip\(/;
    expect(texts.filter(file => file !== own && smells.test(read(file)))).toEqual([]);
  });

  it("has no drawer for what has no place", () => {
    expect(files.filter(file => /(^|\/)(utils?|helpers?|misc|common)(\/|\.)/.test(file))).toEqual([]);
  });

  it("names no host of a package registry: the clients know their own", () => {
    const hosts = /registry\.npmjs|registry\.yarnpkg|proxy\.golang|deb\.debian|security\.debian|pypi\.org/;
    expect(texts.filter(file => file !== own && hosts.test(read(file)))).toEqual([]);
  });

  it("says one version everywhere", () => {
    expect(JSON.parse(read("package.json")).version).toBe(VERSION);
    expect(read("CHANGELOG.md")).toContain(`## ${VERSION}`);
  });

  it("keeps its README true: its make targets exist, its links lead somewhere", () => {
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
