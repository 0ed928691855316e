// `swarmkeeper logs`: formats the JSON log lines of agent and controller. Other lines pass unchanged.

import { createInterface } from "node:readline";
import { type CliCommand, exitWith } from "../command.ts";
import { logLine } from "../terminal/log-line.ts";
import { paintFor } from "../terminal/paint.ts";

export async function logs(): Promise<number> {
  const paint = paintFor(process.stdout, process.env);
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    process.stdout.write(`${logLine(line, paint)}\n`);
  }
  return 0;
}

export const command: CliCommand = {
  define: command => command.action(exitWith(logs)),
};
