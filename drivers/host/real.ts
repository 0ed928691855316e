// The host that this process runs on.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { promises as dns } from "node:dns";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { reasonOf } from "../../crd-like-specs/reason.ts";
import { exchange } from "../http.ts";
import { type Host, HostError } from "./port.ts";

const run = promisify(execFile);

export function localHost(): Host {
  return {
    read,
    write,
    remove: path => orHostError(`remove ${path}`, rm(path, { recursive: true, force: true })),
    names,
    hostname,
    bootId: bootIdReader(),
    addresses,
    sourceAddressTo,
    versionOf,
    resolveSrv,
    resolve,
    http: request => orHostError(`${request.method} ${request.url}`, send(request)),
  };
}

/** Chosen. */
const MAX_REDIRECTS = 5;

function send({ form, timeoutMs, ...request }: Parameters<Host["http"]>[0]): ReturnType<Host["http"]> {
  return exchange({
    ...request,
    ...(form && {
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(form).toString(),
    }),
    signal: AbortSignal.timeout(timeoutMs),
    maxRedirects: MAX_REDIRECTS,
  });
}

async function read(path: string): Promise<string | undefined> {
  return orHostError(
    `read ${path}`,
    unless(["ENOENT", "ENOTDIR"], undefined, () => readFile(path, "utf8")),
  );
}

/** A reader sees the whole old text or the whole new one. Once this resolves, the new one survives a loss of power. */
async function write(path: string, text: string, mode = 0o644): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(4).toString("hex")}`);
  const steps = async () => {
    await mkdir(folder, { recursive: true });
    try {
      const file = await open(temporary, "wx", mode);
      try {
        await file.writeFile(text);
        // The umask narrows the mode given to open.
        await file.chmod(mode);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    const parent = await open(folder);
    try {
      await parent.sync();
    } finally {
      await parent.close();
    }
  };
  await orHostError(`write ${path}`, steps());
}

async function names(folder: string): Promise<string[]> {
  const found = await orHostError(
    `list ${folder}`,
    unless(["ENOENT"], [], () => readdir(folder)),
  );
  return found.sort();
}

/** Reads it once, because it is the same as long as this process lives. */
function bootIdReader(): Host["bootId"] {
  let known: string | undefined;
  return async () => {
    const file = "/proc/sys/kernel/random/boot_id";
    known ??= (await orHostError("read its boot id", readFile(file, "utf8"))).trim();
    return known;
  };
}

function addresses(): { interface: string; address: string }[] {
  return Object.entries(networkInterfaces()).flatMap(([name, found]) =>
    (found ?? [])
      .filter(each => each.family === "IPv4" && !each.internal)
      .map(each => ({ interface: name, address: each.address })),
  );
}

/** Connects a datagram socket, so that the kernel chooses a route. Sends nothing. */
function sourceAddressTo(destination: string): Promise<string> {
  return new Promise((resolvePromise, reject) => {
    if (!isIPv4(destination)) throw new HostError(`"${destination}" is not an IPv4 address`);
    const socket = createSocket("udp4");
    const fail = (cause: Error) => {
      socket.close();
      reject(new HostError(`this host has no route to ${destination}: ${cause.message}`, { cause }));
    };
    socket.once("error", fail);
    socket.connect(9, destination, () => {
      const { address } = socket.address();
      socket.close();
      resolvePromise(address);
    });
  });
}

async function versionOf(command: string): Promise<string | undefined> {
  const attempt = `ask ${command} for its version`;
  const ended = await orHostError(
    attempt,
    unless(["ENOENT"], undefined, () => run(command, ["--version"], { timeout: 10_000 })),
  );
  return ended?.stdout.split("\n")[0]?.trim();
}

/** Uses a new resolver each time. An old one keeps the name servers of its first query, which DHCP may replace. */
async function resolveSrv(name: string): Promise<{ host: string; port: number }[]> {
  const resolver = new dns.Resolver();
  const records = await orHostError(
    `resolve the SRV records of ${name}`,
    unless(["ENOTFOUND", "ENODATA"], [], () => resolver.resolveSrv(name)),
  );
  return records.map(record => ({ host: record.name, port: record.port }));
}

/** Uses the system's resolver, so that /etc/hosts counts. */
async function resolve(host: string): Promise<string[]> {
  const found = await orHostError(`resolve ${host}`, dns.lookup(host, { all: true, family: 4 }));
  return found.map(each => each.address);
}

/** Resolves to `otherwise` if the attempt fails with one of these codes. */
async function unless<T, U>(codes: readonly string[], otherwise: U, attempt: () => Promise<T>): Promise<T | U> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof Error && "code" in error && codes.includes(String(error.code))) return otherwise;
    throw error;
  }
}

async function orHostError<T>(attempt: string, outcome: Promise<T>): Promise<T> {
  try {
    return await outcome;
  } catch (cause) {
    throw new HostError(`this host could not ${attempt}: ${reasonOf(cause)}`, { cause });
  }
}
