// The operator's door, and the entry of the agent and the controller.
import { Command, CommanderError } from "commander";
import { VERSION } from "../crd-like-specs/version.ts";
import { register } from "./command.ts";
import { REGISTRY } from "./registry.ts";
import { CliError } from "./terminal/error.ts";
import { end } from "./terminal/exit.ts";

function main(): Command {
  const program = new Command("swarmkeeper")
    .description("Keeps a Docker Swarm, its etcd and its systemd units at a state declared as keys in etcd.")
    .version(VERSION, "--version", "print the version")
    .helpOption("-h, --help", "print what a command takes")
    .helpCommand(false)
    .showHelpAfterError("(--help prints what there is)")
    .exitOverride();
  return register(program, REGISTRY);
}

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on("error", error => {
  if ("code" in error && error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await main().parseAsync();
} catch (error) {
  // It has been printed already; help and version end here too, with code 0.
  if (error instanceof CommanderError) await end(error.exitCode === 0 ? 0 : 2);
  if (!(error instanceof CliError)) throw error;
  process.stderr.write(`${error.message}\n`);
  await end(error.exitCode);
}
