// `swarmkeeper agent` and `swarmkeeper controller`, which their systemd units run.
import { type Command, Option } from "commander";
import type { Level, Logger } from "pino";
import { AGENT_CONFIG_PATH } from "../../crd-like-specs/paths.ts";
import { type CliCommand, exitWith } from "../command.ts";
import { logger } from "./logger.ts";

interface DaemonOptions {
  readonly config: string;
  readonly logLevel: Level;
}

const LEVELS: readonly Level[] = ["error", "warn", "info", "debug"];

type Run = (options: { readonly config: string; readonly log: Logger }) => Promise<number>;

/** `load` imports the daemon's code, which no other command needs. */
function daemon(command: Command, load: () => Promise<Run>): Command {
  return command
    .option("--config <file>", "configuration file of this node", AGENT_CONFIG_PATH)
    .addOption(
      new Option("--log-level <level>", "lowest level that is logged")
        .choices(LEVELS)
        .default("info")
        .env("SWARMKEEPER_LOG_LEVEL"),
    )
    .action(exitWith(async ({ config, logLevel }: DaemonOptions) => (await load())({ config, log: logger(logLevel) })));
}

export const agent: CliCommand = {
  define: command => daemon(command, async () => (await import("../../agent/main.ts")).runAgent),
};

export const controller: CliCommand = {
  define: command => daemon(command, async () => (await import("../../controller/main.ts")).runController),
};
