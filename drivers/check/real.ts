// Runs health checks on this host: an HTTP request, a TCP connection or a program.
import { spawn } from "node:child_process";
import { connect } from "node:net";
import type { Check } from "../../crd-like-specs/units/unit-section.ts";
import { exchange } from "../http.ts";
import type { Checks } from "./port.ts";

type Settle = (why: string | undefined) => void;
/** Starts a check and returns a function that stops it. */
type Start = (settle: Settle) => () => void;

export const localChecks: Checks = {
  run: check => answerWithin(check.timeoutMs, starter(check)),
};

function starter(check: Check): Start {
  switch (check.kind) {
    case "http":
      return settle => startHttp(check.url, settle);
    case "tcp":
      return settle => startTcp(check.host, check.port, settle);
    case "exec":
      return settle => startProgram(check.command, settle);
  }
}

/** The first result counts. The check is stopped then, so that nothing stays open. */
function answerWithin(timeoutMs: number, start: Start): Promise<string | undefined> {
  return new Promise(resolve => {
    let stop = () => {};
    const timer = setTimeout(() => settle(`no answer in ${timeoutMs / 1_000} s`), timeoutMs);
    const settle: Settle = why => {
      clearTimeout(timer);
      stop();
      resolve(why);
    };
    stop = start(settle);
  });
}

/** Statuses from 200 to 399 pass, as for Kubernetes' HTTP probes. Does not wait for the body. */
function startHttp(url: string, settle: Settle): () => void {
  const stopped = new AbortController();
  exchange({ method: "GET", url, signal: stopped.signal, maxBytes: 0 }).then(
    ({ status }) => settle(status >= 200 && status < 400 ? undefined : `it answers ${status}`),
    (error: Error) => settle(error.message),
  );
  return () => stopped.abort();
}

function startTcp(host: string, port: number, settle: Settle): () => void {
  const socket = connect({ host, port }, () => settle(undefined));
  socket.on("error", error => settle(error.message));
  return () => socket.destroy();
}

/** Runs the program in its own process group, so that its children end with it. */
function startProgram([program = "", ...args]: readonly string[], settle: Settle): () => void {
  const child = spawn(program, args, { detached: true, stdio: "ignore" });
  child.on("error", error => settle(error.message));
  child.on("exit", (code, signal) => settle(code === 0 ? undefined : `it ends with ${code ?? signal}`));
  return () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended in the meantime.
    }
  };
}
