// Ends the program with the exit code of its command.

/** The result of a command becomes the exit code: 0 success, 1 failure, 2 wrong usage or configuration. */
export async function finish(command: () => Promise<number>): Promise<void> {
  await end(await command());
}

/**
 * Ends the process once all output is flushed. It does not wait for open connections: the kernel tries for two minutes
 * to reach a server without power, even after the call was cancelled.
 */
export async function end(code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) await new Promise(out => stream.write("", out));
  process.exit(code);
}
