// Checks of this machine: an HTTP answer, a connection that is taken, a program that ends well.
import { spawn } from "node:child_process";
import { connect } from "node:net";
import type { Check } from "../../crd-like-specs/units/unit-section.ts";
import { exchange } from "../http.ts";
import type { Checks } from "./port.ts";

type Settle = (why: string | undefined) => void;
/** Begins to ask; returns how to stop asking. */
type Ask = (settle: Settle) => () => void;

export const localChecks: Checks = {
  run: check => answerWithin(check.timeoutMs, asker(check)),
};

function asker(check: Check): Ask {
  switch (check.kind) {
    case "http":
      return settle => askHttp(check.url, settle);
    case "tcp":
      return settle => askTcp(check.host, check.port, settle);
    case "exec":
      return settle => askProgram(check.command, settle);
  }
}

/** The first word counts, and at the end nothing is left open. */
function answerWithin(timeoutMs: number, ask: Ask): Promise<string | undefined> {
  return new Promise(resolve => {
    let stop = () => {};
    const timer = setTimeout(() => settle(`no answer in ${timeoutMs / 1_000} s`), timeoutMs);
    const settle: Settle = why => {
      clearTimeout(timer);
      stop();
      resolve(why);
    };
    stop = ask(settle);
  });
}

/** Well from 200 to 399, as most who ask such questions have it. The body is not waited for. */
function askHttp(url: string, settle: Settle): () => void {
  const stopped = new AbortController();
  exchange({ method: "GET", url, signal: stopped.signal, mostBytes: 0 }).then(
    ({ status }) => settle(status >= 200 && status < 400 ? undefined : `it answers ${status}`),
    (error: Error) => settle(error.message),
  );
  return () => stopped.abort();
}

function askTcp(host: string, port: number, settle: Settle): () => void {
  const socket = connect({ host, port }, () => settle(undefined));
  socket.on("error", error => settle(error.message));
  return () => socket.destroy();
}

/** In a process group of its own, so that nothing which it started outlives its time. */
function askProgram([program = "", ...args]: readonly string[], settle: Settle): () => void {
  const child = spawn(program, args, { detached: true, stdio: "ignore" });
  child.on("error", error => settle(error.message));
  child.on("exit", (code, signal) => settle(code === 0 ? undefined : `it ends with ${code ?? signal}`));
  return () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  };
}
