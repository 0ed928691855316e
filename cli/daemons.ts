// `swarmkeeper agent` and `swarmkeeper controller`, as their units run them.
import type { Command } from "commander";
import { AGENT_CONFIG_PATH } from "../crd-like-specs/paths.ts";
import { type CliCommand, exitWith } from "./command.ts";

const configured = (command: Command) =>
  command.option("--config <file>", "the host's own configuration", AGENT_CONFIG_PATH);

export const agent: CliCommand = {
  define: command =>
    configured(command).action(
      exitWith(async (options: { config: string }) => (await import("../agent/main.ts")).runAgent(options)),
    ),
};

export const controller: CliCommand = {
  define: command =>
    configured(command).action(
      exitWith(async (options: { config: string }) => (await import("../controller/main.ts")).runController(options)),
    ),
};
