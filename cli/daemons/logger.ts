// The log of agent and controller: JSON lines, which the journal keeps and `swarmkeeper logs` makes readable.
import { type DestinationStream, type Level, type Logger, pino } from "pino";

/** Writes what is at this level or above to standard output, unless told otherwise. */
export function logger(level: Level, destination?: DestinationStream): Logger {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime, level };
  return destination === undefined ? pino(options) : pino(options, destination);
}
