// The licenses of the bundled libraries, whose terms require that their text is distributed with them.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * One text with the licenses of all packages from which `inputs` (paths relative to `root`) come. Rejects if a package
 * has no license.
 */
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
