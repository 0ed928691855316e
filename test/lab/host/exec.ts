// Runs commands inside a host: for tests it collects the output and exit code, for the operator it passes stdin,
// output and terminal through.
import { PassThrough, type Readable, type Writable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Container, Exec } from "dockerode";
import { LabError, messageOf, statusOf } from "../error.ts";
import { waitFor } from "../wait.ts";

export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A list of words runs as it is; a string runs in `sh -c`. */
export type Command = string | readonly string[];

export interface ExecOptions {
  readonly stdin?: string | Buffer;
  /** Default 60 000. The command continues in the host after the timeout. */
  readonly timeoutMs?: number;
}

/** The words that run for a command. */
export function wordsOf(command: Command): string[] {
  return typeof command === "string" ? ["sh", "-c", command] : [...command];
}

/** Any exit code is a result. LabError if the host does not run, dies meanwhile, or the time runs out. */
export async function execCollected(
  container: Container,
  host: string,
  command: Command,
  options: ExecOptions = {},
): Promise<ExecResult> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const started = await startExec(container, host, wordsOf(command), { stdin: options.stdin !== undefined });
  const { exec, stream } = started;
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  container.modem.demuxStream(stream, stdout, stderr);
  stream.once("close", () => {
    stdout.end();
    stderr.end();
  });
  const timer = setTimeout(() => stream.destroy(new Error(`no end after ${timeoutMs / 1000} s`)), timeoutMs);
  const broken = new Promise<never>((_, reject) => stream.once("error", reject));
  if (options.stdin !== undefined) stream.end(options.stdin);
  try {
    const [out, err] = await Promise.race([Promise.all([text(stdout), text(stderr)]), broken]);
    return { code: await exitCode(exec, host), stdout: out, stderr: err };
  } catch (cause) {
    throw new LabError(`${host}: ${wordsOf(command).join(" ")}: ${messageOf(cause)}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** Connects the command to stdin, stdout and stderr of this process. Resolves to its exit code. */
export async function execPassedThrough(
  container: Container,
  host: string,
  command: readonly string[],
): Promise<number> {
  const terminal = process.stdin.isTTY && process.stdout.isTTY;
  const { exec, stream } = await startExec(container, host, command, { stdin: true, terminal });
  const ended = new Promise<void>((resolve, reject) => stream.once("close", resolve).once("error", reject));
  if (terminal) {
    const resize = () => exec.resize({ h: process.stdout.rows, w: process.stdout.columns });
    await resize();
    process.stdout.on("resize", resize);
    process.stdin.setRawMode(true);
    stream.pipe(process.stdout, { end: false });
  } else {
    container.modem.demuxStream(stream, process.stdout, process.stderr);
  }
  process.stdin.pipe(stream);
  try {
    await ended;
    return await exitCode(exec, host);
  } finally {
    if (terminal) process.stdin.setRawMode(false);
    process.stdin.unpipe(stream);
    process.stdin.destroy();
  }
}

/** The two ends of a command's standard streams, for a protocol that uses them. Rejects as `execCollected` does. */
export async function execStreams(
  container: Container,
  host: string,
  command: readonly string[],
): Promise<{ input: Writable; output: Readable }> {
  const { stream } = await startExec(container, host, command, { stdin: true });
  const output = new PassThrough();
  container.modem.demuxStream(stream, output, new PassThrough().resume());
  stream.once("close", () => output.end());
  stream.once("error", error => output.destroy(error));
  output.once("close", () => stream.destroy());
  return { input: stream, output };
}

async function startExec(
  container: Container,
  host: string,
  command: readonly string[],
  options: { stdin: boolean; terminal?: boolean },
): Promise<{ exec: Exec; stream: NodeJS.ReadWriteStream & Readable & Writable }> {
  const Tty = options.terminal ?? false;
  try {
    const exec = await container.exec({
      Cmd: [...command],
      AttachStdin: options.stdin,
      AttachStdout: true,
      AttachStderr: true,
      Tty,
      ...(Tty ? { Env: [`TERM=${process.env.TERM ?? "xterm"}`] } : {}),
    });
    return { exec, stream: await exec.start({ hijack: true, stdin: options.stdin, Tty }) };
  } catch (cause) {
    const why = statusOf(cause) === 409 ? `it is ${await stateText(container)}` : messageOf(cause);
    throw new LabError(`cannot run a command on ${host}: ${why}`, { cause });
  }
}

/** "paused", "exited", … */
async function stateText(container: Container): Promise<string> {
  return (await container.inspect()).State.Status;
}

/** The engine may record the exit code a little after the output has ended. */
async function exitCode(exec: Exec, host: string): Promise<number> {
  return waitFor(`the exit code of a command on ${host}`, 10_000, async saw => {
    const { Running, ExitCode } = await exec.inspect();
    if (!Running && ExitCode !== null) return { code: ExitCode };
    saw("it is still running");
    return undefined;
  }).then(({ code }) => code);
}
