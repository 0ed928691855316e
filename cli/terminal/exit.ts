// How the program ends, with the exit code of its command.

/** What a command returns becomes the exit code: 0 done, 1 failed, 2 called or configured wrongly. */
export async function finish(command: () => Promise<number>): Promise<void> {
  await end(await command());
}

/**
 * Ends the process once all that was written is out. It does not wait until nothing is left to do: the kernel tries for
 * two minutes to reach a server that has lost its power, also for a call that was given up.
 */
export async function end(code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) await new Promise(out => stream.write("", out));
  process.exit(code);
}
