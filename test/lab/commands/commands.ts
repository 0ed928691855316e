// The commands of the lab's command line, one function each. Each resolves to the exit code.
import { rm } from "node:fs/promises";
import { bootBareLab, buildImage } from "../boot.ts";
import { findEngine, stopPrivateEngine } from "../engine/engine.ts";
import { LabError } from "../error.ts";
import { execPassedThrough } from "../host/exec.ts";
import type { Host, HostRecord } from "../host/host.ts";
import { HOST_ROLES } from "../host/labels.ts";
import { ensureImage } from "../image/image.ts";
import { waitForDocker } from "../lab.ts";
import { step } from "../progress.ts";
import { count, existingLab, openEngine, readSettings, requireLab } from "../session.ts";
import { parseSuite } from "../suite.ts";
import { up as bringUp, outFolder, type UpOptions } from "./up.ts";

/** Boots a cluster and prints its status and three commands to try. */
export async function up(options: UpOptions): Promise<number> {
  const lab = await bringUp(readSettings(), options);
  if (!options.wait) return 0;
  const hosts = await lab.hosts();
  const first = hosts.find(host => host.role === "manager");
  if (first !== undefined) await execPassedThrough(first.container, first.name, ["swarmkeeper", "status"]);
  process.stdout.write(toTry(lab.name, hosts.at(-1)?.name ?? "h1"));
  return 0;
}

/** `last` is the host that booted last: a worker, if there is one. */
function toTry(name: string, last: string): string {
  const exec = `${name === "main" ? "" : `LAB=${name} `}npm run -s lab -- exec`;
  return `
Three things to try:
  ${exec} ${last} etcdctl put /swarmkeeper/spec/managers 5   # through a worker's proxy: two workers become managers
  ${exec} h1 swarmkeeper plan                           # the next steps, and why
  ${exec} h1 etcdctl put /swarmkeeper/spec/managers 4   # rejected: swarmkeeper status shows why and the effective value
`;
}

/** Boots hosts without user-data. `hosts` is their number as text. */
export async function bare(hosts: string): Promise<number> {
  const { lab, suite } = readSettings();
  await bootBareLab(lab, count("hosts", hosts), suite);
  return 0;
}

/** Removes the lab, its files in out/ and, if no other lab is left in it, the private engine. */
export async function down(): Promise<number> {
  const { lab: name } = readSettings();
  const lab = await existingLab(name);
  const engine = await findEngine();
  await step("down", async report => {
    const removed = (await lab?.records())?.map(record => record.name) ?? [];
    await lab?.remove();
    await rm(outFolder(name), { recursive: true, force: true });
    if (engine !== undefined && (await stopPrivateEngine(engine))) removed.push("private engine");
    report.note(removed.join(" ") || `there is no lab ${name}`);
  });
  return 0;
}

/** Builds the host image, or loads it from the cache. */
export async function image(): Promise<number> {
  const engine = await openEngine();
  await step("host image", report => ensureImage(engine, readSettings().suite, report));
  return 0;
}

/** Prints the hosts of the lab. The exit code is 1 if there is no lab. */
export async function status(form: "table" | "json"): Promise<number> {
  const { lab: name } = readSettings();
  const lab = await existingLab(name);
  const records = (await lab?.records()) ?? [];
  if (form === "json") process.stdout.write(`${JSON.stringify({ lab: name, hosts: records }, null, 2)}\n`);
  else process.stdout.write(lab === undefined ? `there is no lab ${name}\n` : table(records));
  return lab === undefined ? 1 : 0;
}

/** One line per host, below a header, in aligned columns. */
export function table(records: readonly HostRecord[]): string {
  const rows = [
    ["HOST", "ADDRESS", "ROLE", "SUITE", "STATE"],
    ...records.map(({ name, address, role, suite, state }) => [name, address, role, suite, state]),
  ];
  const widths = [0, 1, 2, 3].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows.map(row => `${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}\n`).join("");
}

/** Runs a command on a host. The exit code is that of the command. */
export async function exec(host: string, command: readonly string[]): Promise<number> {
  const found = await (await requireLab(readSettings().lab)).host(host);
  return execPassedThrough(found.container, host, command[0] === "--" ? command.slice(1) : command);
}

/** Prints the journal of the host's current boot, or of one unit. */
export async function logs(host: string, unit: string | undefined, options: { follow: boolean }): Promise<number> {
  const words = ["journalctl", "--boot", "--no-pager", "--output=short-iso-precise"];
  if (unit !== undefined) words.push(`--unit=${unit}`);
  if (options.follow) words.push("--follow");
  return exec(host, words);
}

/** Boots one more host of this role, of the suite of the existing hosts. */
export async function add(role: string): Promise<number> {
  const settings = readSettings();
  const known = HOST_ROLES.find(candidate => candidate === role);
  if (known === undefined) throw new LabError(`${role} is not a role: use ${HOST_ROLES.join(", ")}`);
  const lab = await requireLab(settings.lab);
  const [present] = await lab.records();
  const suite = present === undefined ? settings.suite : parseSuite(present.suite);
  const reference = await buildImage(lab, suite);
  await step("host", async report => {
    const hosts = await lab.add([known], reference, suite);
    await waitForDocker(hosts, report.note);
    report.note(hosts.map(({ name, address }) => `${name}  ${address}`).join(" "));
  });
  return 0;
}

export type HostVerb = "kill" | "start" | "stop" | "pause" | "resume" | "cut" | "heal";

/** Applies a verb to a host and prints the host's state afterwards. */
export async function onHost(verb: HostVerb, name: string): Promise<number> {
  const host: Host = await (await requireLab(readSettings().lab)).host(name);
  await step(verb, async report => {
    await host[verb]();
    report.note(`${name} is ${await host.state()}`);
  });
  return 0;
}
