// `swarmkeeper schema [KIND]`: prints the JSON Schema of settings, resources and the objects that `-o json` prints.
import { z } from "zod";
import { SCHEMAS } from "../../crd-like-specs/schema.ts";
import { nearest } from "../../crd-like-specs/suggest.ts";
import { type CliCommand, exitWith, loadAll, type Registry } from "../command.ts";
import { CliError } from "../terminal/error.ts";
import { printDocument, printLines } from "../terminal/print.ts";

type MakeSchema = () => unknown;

/** By kind: resources, and the view of each command that prints one. Each function makes its schema. */
export async function schemas(registry: Registry): Promise<Readonly<Record<string, MakeSchema>>> {
  const outputs = [...(await loadAll(registry)).values()].flatMap(({ output }) => output ?? []);
  const views = outputs.map(({ view, schema }): [string, MakeSchema] => [
    view,
    () => ({ title: view, ...z.toJSONSchema(schema) }),
  ]);
  return { ...SCHEMAS, ...Object.fromEntries(views) };
}

/** Prints the schema of a kind, or all kinds. CliError for an unknown kind. */
export async function schema(kind: string | undefined, registry: Registry): Promise<number> {
  const all = await schemas(registry);
  const kinds = Object.keys(all);
  if (kind === undefined) {
    printLines(kinds);
    return 0;
  }
  const name = kinds.find(each => each.toLowerCase() === kind.toLowerCase());
  const make = name === undefined ? undefined : all[name];
  if (make === undefined) {
    const suggestion = nearest(kind, kinds);
    const hint = suggestion === undefined ? `use one of ${kinds.join(", ")}` : `did you mean ${suggestion}?`;
    throw new CliError(`there is no kind ${JSON.stringify(kind)}; ${hint}`, 2);
  }
  printDocument(make(), "json");
  return 0;
}

export const command: CliCommand = {
  define: (command, registry) =>
    command
      .argument("[kind]", "the kind (default: list all kinds)")
      .action(exitWith((kind: string | undefined) => schema(kind, registry))),
};
