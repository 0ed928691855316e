// The log of agent and controller: JSON lines, which the journal stores and `swarmkeeper logs` formats.
import { type DestinationStream, type Level, type Logger, pino } from "pino";

/** Logs this level and above to `destination`, which is standard output by default. */
export function logger(level: Level, destination?: DestinationStream): Logger {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime, level };
  return destination === undefined ? pino(options) : pino(options, destination);
}
