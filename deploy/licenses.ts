// The licenses of the libraries that are in the bundle: all of them ask that their text travels along.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** One text over all packages that `inputs` (paths relative to `root`) come from. Throws for one without a license. */
export async function licensesOf(root: string, inputs: readonly string[]): Promise<string> {
  const packages = inputs.flatMap(input => /^.*node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? []);
  const texts = await Promise.all([...new Set(packages)].sort().map(folder => licenseOf(join(root, folder))));
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

async function licenseOf(folder: string): Promise<string> {
  const { name, version, license }: Record<string, unknown> = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  );
  const file = (await readdir(folder)).sort().find(entry => /^licen[cs]e/i.test(entry));
  if (file === undefined && typeof license !== "string") throw new Error(`${folder} names no license`);
  const text = file === undefined ? `License: ${license}\n` : await readFile(join(folder, file), "utf8");
  return `${name} ${version}\n\n${text.trimEnd()}\n`;
}
