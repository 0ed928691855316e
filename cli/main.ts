// The entry point of the program: the operator's commands, the agent and the controller.
import { Command, CommanderError } from "commander";
import { VERSION } from "../crd-like-specs/version.ts";
import { register } from "./command.ts";
import { REGISTRY } from "./registry.ts";
import { CliError } from "./terminal/error.ts";
import { end } from "./terminal/exit.ts";

function main(): Command {
  const program = new Command("swarmkeeper")
    .description("Keeps a Docker Swarm, its etcd and its systemd units in the state that keys in etcd declare.")
    .version(VERSION, "--version", "print the version")
    .helpOption("-h, --help", "print the usage of a command")
    .helpCommand(false)
    .showHelpAfterError("(--help prints the usage)")
    .exitOverride();
  return register(program, REGISTRY);
}

// A reader that closes the pipe early, such as `head`, is not a failure.
process.stdout.on("error", error => {
  if ("code" in error && error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await main().parseAsync();
} catch (error) {
  // Commander has printed the error already. `--help` and `--version` end here too, with code 0.
  if (error instanceof CommanderError) await end(error.exitCode === 0 ? 0 : 2);
  if (!(error instanceof CliError)) throw error;
  process.stderr.write(`${error.message}\n`);
  await end(error.exitCode);
}
