// Composition root of the controller: connects the real drivers, runs the loop, and stops cleanly on a signal.
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { Logger } from "pino";
import { type AgentConfig, NODE_ID_PATH, parseAgentConfig } from "../crd-like-specs/agent-config.ts";
import { nodeId } from "../crd-like-specs/resources/ids.ts";
import { keyspace } from "../crd-like-specs/resources/keys.ts";
import { VERSION } from "../crd-like-specs/version.ts";
import { systemClock } from "../drivers/clock/real.ts";
import { connectDocker } from "../drivers/docker/real.ts";
import { connectEtcd } from "../drivers/etcd/real.ts";
import { slackOver } from "../drivers/slack/real.ts";
import type { Context } from "./context.ts";
import { run } from "./loop/run.ts";

/** Runs until SIGTERM or SIGINT and returns 0. Returns 2 if the node's configuration file is invalid. */
export async function runController(options: { readonly config: string; readonly log: Logger }): Promise<number> {
  const { log } = options;
  const config = parseAgentConfig(options.config, await readFile(options.config, "utf8"));
  if (!config.ok) {
    log.fatal(`${config.error.message}; ${config.error.expected}`);
    return 2;
  }
  const self = nodeId((await readFile(NODE_ID_PATH, "utf8")).trim());
  const etcd = await connect(config.value, message => log.debug(message));
  const docker = connectDocker({ socket: config.value.docker.socket });
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort(new Error(signal)));
  log.info({ version: VERSION, node: self }, "controller started");
  try {
    const context: Context = {
      self,
      name: hostname(),
      version: VERSION,
      keys: keyspace(config.value.prefix),
      etcd,
      docker,
      slack: slackOver({ urlFile: config.value.slack?.urlFile, channel: config.value.slack?.channel }),
      clock: systemClock,
      random: Math.random,
      log,
    };
    await run(context, stop.signal);
  } finally {
    docker.close();
    etcd.close();
  }
  return 0;
}

/** A client of the etcd on this node, a member or a proxy. The assignment names the other endpoints later. */
async function connect(config: AgentConfig, log: (message: string) => void) {
  const files = config.etcd.clientTls;
  const read = (path: string) => readFile(path);
  const tls = files && { ca: await read(files.ca), cert: await read(files.cert), key: await read(files.key) };
  return connectEtcd({
    endpoints: [`${files ? "https" : "http"}://127.0.0.1:2379`],
    ...(tls ? { tls } : {}),
    clock: systemClock,
    log,
  });
}
