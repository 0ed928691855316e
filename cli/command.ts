// The definition of a command: its options, its action, and the schema of its JSON output.
import { type Command, Option } from "commander";
import type { z } from "zod";
import { finish } from "./terminal/exit.ts";

export interface CliCommand {
  /** Adds arguments, options and the action. The registry has the summary. */
  define(command: Command, registry: Registry): void;
  /** The output forms of `-o`, for a command that shows something. */
  readonly output?: Output;
}

export interface Output {
  /** Human-readable forms; the first is the default. `register` adds `json` and `yaml`. */
  readonly forms: readonly [string, ...string[]];
  /** The name of the object that `-o json` prints. `swarmkeeper schema VIEW` prints its JSON Schema. */
  readonly view: string;
  readonly schema: z.ZodType;
}

/** One word on the command line: a command, which is loaded when it runs, or a group of commands. */
export type Entry = { readonly name: string; readonly summary: string } & (
  | { load(): Promise<CliCommand> }
  | { readonly commands: Registry }
);

export type Registry = readonly Entry[];

/** Loads all commands of a registry. The keys are their words, such as `rollout undo`. */
export async function loadAll(registry: Registry, group = ""): Promise<Map<string, CliCommand>> {
  const loaded = new Map<string, CliCommand>();
  for (const entry of registry) {
    const name = `${group}${entry.name}`;
    if ("load" in entry) loaded.set(name, await entry.load());
    else for (const [below, command] of await loadAll(entry.commands, `${name} `)) loaded.set(below, command);
  }
  return loaded;
}

/** Adds a registry to a command. Commander loads a command right before it parses that command's arguments. */
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
  return new Option("-o, --output <form>", "output form").choices([...forms, "json", "yaml"]).default(forms[0]);
}

/** The action of a command. The result of `body` becomes the exit code. */
export function exitWith<Given extends unknown[]>(body: (...given: Given) => Promise<number>) {
  return (...given: Given): Promise<void> => finish(() => body(...given));
}

/** Adds the options of a command that reads or writes a cluster's keys. */
export function etcdOptions(command: Command): Command {
  return command
    .option(
      "--endpoints <urls>",
      "client URLs of etcd, separated by commas (SWARMKEEPER_ENDPOINTS; default: this node's etcd)",
    )
    .option("--cacert <file>", "CA certificate of etcd (SWARMKEEPER_CACERT; default: this node's)")
    .option("--cert <file>", "client certificate for etcd (SWARMKEEPER_CERT; default: this node's)")
    .option("--key <file>", "private key of --cert (SWARMKEEPER_KEY; default: this node's)")
    .option("--prefix <prefix>", "prefix of the cluster's keys (default: the one in this node's configuration)");
}
