// `swarmkeeper schema [KIND]`: the JSON Schema of what people and programs write and of what `-o json` prints.
import { z } from "zod";
import { SCHEMAS } from "../../crd-like-specs/schema.ts";
import { nearest } from "../../crd-like-specs/suggest.ts";
import { type CliCommand, exitWith, loadAll, type Registry } from "../command.ts";
import { CliError } from "../terminal/error.ts";
import { printDocument, printLines } from "../terminal/print.ts";

type MakeSchema = () => unknown;

/** By kind: resources, and the view of each command that prints one. Each schema is made when it is asked for. */
export async function schemas(registry: Registry): Promise<Readonly<Record<string, MakeSchema>>> {
  const outputs = [...(await loadAll(registry)).values()].flatMap(({ output }) => output ?? []);
  const views = outputs.map(({ view, schema }): [string, MakeSchema] => [
    view,
    () => ({ title: view, ...z.toJSONSchema(schema) }),
  ]);
  return { ...SCHEMAS, ...Object.fromEntries(views) };
}

export async function schema(kind: string | undefined, registry: Registry): Promise<number> {
  const all = await schemas(registry);
  const kinds = Object.keys(all);
  if (kind === undefined) {
    printLines(kinds);
    return 0;
  }
  const name = kinds.find(known => known.toLowerCase() === kind.toLowerCase());
  const make = name === undefined ? undefined : all[name];
  if (make === undefined) {
    const meant = nearest(kind, kinds);
    const hint = meant === undefined ? `use one of ${kinds.join(", ")}` : `did you mean ${meant}?`;
    throw new CliError(`no kind is called ${JSON.stringify(kind)}; ${hint}`, 2);
  }
  printDocument(make(), "json");
  return 0;
}

export const command: CliCommand = {
  define: (command, registry) =>
    command
      .argument("[kind]", "without a kind: the names of all")
      .action(exitWith((kind: string | undefined) => schema(kind, registry))),
};
