// How a command of the program states itself: its options, what runs it, and the shape of what it prints for programs.
import { type Command, Option } from "commander";
import type { z } from "zod";
import { finish } from "./terminal/exit.ts";

export interface CliCommand {
  /** Adds arguments, options and the action. A summary stands in the registry. */
  define(command: Command, registry: Registry): void;
  /** What `-o` takes, for a command that shows something. */
  readonly output?: Output;
}

export interface Output {
  /** For people; the first is the default. `json` and `yaml` come by themselves. */
  readonly forms: readonly [string, ...string[]];
  /** What `-o json` prints: `swarmkeeper schema VIEW` prints its JSON Schema. */
  readonly view: string;
  readonly schema: z.ZodType;
}

/** One word on the command line: a command, whose code is loaded when it runs, or a group of them. */
export type Entry = { readonly name: string; readonly summary: string } & (
  | { load(): Promise<CliCommand> }
  | { readonly commands: Registry }
);

export type Registry = readonly Entry[];

/** All commands of a registry, loaded, each by its words. */
export async function loadAll(registry: Registry, group = ""): Promise<Map<string, CliCommand>> {
  const loaded = new Map<string, CliCommand>();
  for (const entry of registry) {
    const name = `${group}${entry.name}`;
    if ("load" in entry) loaded.set(name, await entry.load());
    else for (const [below, command] of await loadAll(entry.commands, `${name} `)) loaded.set(below, command);
  }
  return loaded;
}

/** Puts a registry under a command. The code of each is loaded right before its own words are read. */
export function register(parent: Command, registry: Registry, root: Registry = registry): Command {
  const loaders = new Map<Command, () => Promise<CliCommand>>();
  for (const entry of registry) {
    const command = parent.command(entry.name).summary(entry.summary);
    if ("load" in entry) loaders.set(command, entry.load);
    else register(command.helpCommand(false), entry.commands, root);
  }
  return parent.hook("preSubcommand", async (_, command) => {
    const loaded = await loaders.get(command)?.();
    loaded?.define(command, root);
    if (loaded?.output) command.addOption(outputOption(loaded.output));
  });
}

function outputOption({ forms }: Output): Option {
  return new Option("-o, --output <form>", "how to print it").choices([...forms, "json", "yaml"]).default(forms[0]);
}

/** The action of a command: what the body returns becomes the exit code. */
export function exitWith<Given extends unknown[]>(body: (...given: Given) => Promise<number>) {
  return (...given: Given): Promise<void> => finish(() => body(...given));
}

/** For a command that reads or writes a cluster's keys. */
export function etcdOptions(command: Command): Command {
  return command
    .option("--endpoints <urls>", "etcd's client URLs, by commas (SWARMKEEPER_ENDPOINTS; else this host's own etcd)")
    .option(
      "--cacert <file>",
      "the authority that signed etcd's certificates (SWARMKEEPER_CACERT; else this host's own)",
    )
    .option("--cert <file>", "the certificate to show to etcd (SWARMKEEPER_CERT; else this host's own)")
    .option("--key <file>", "the private key of --cert (SWARMKEEPER_KEY; else this host's own)")
    .option("--prefix <prefix>", "where the cluster's keys are (else what this host's configuration says)");
}
