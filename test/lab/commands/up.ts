// `make up`: from a bare machine to a running cluster. One function per step, in the order of this file.
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { bootHosts, buildImage } from "../boot.ts";
import { hostAddress } from "../engine/network.ts";
import { LabError } from "../error.ts";
import { fingerprint } from "../host/create.ts";
import type { Host } from "../host/host.ts";
import { REPOSITORY } from "../image/cache.ts";
import type { Lab, UserData } from "../lab.ts";
import { run } from "../process.ts";
import { step } from "../progress.ts";
import { openLab, type Settings } from "../session.ts";
import { serveSlack } from "../slack.ts";
import { waitFor } from "../wait.ts";
import { waitForCluster } from "./cluster.ts";

export interface UpOptions {
  /** A release tarball. Default: built from this tree. */
  readonly release?: string;
  /** Files with user-data, both or neither. Default: generated. */
  readonly managerConfig?: string;
  readonly workerConfig?: string;
  /** Makes the user-data when the lab's network and the release's URL are known. Takes precedence over the files. */
  readonly userData?: (lab: Lab, release: Release) => Promise<UserData>;
  /** False: resolve as soon as the hosts have booted. */
  readonly wait: boolean;
}

/** Where hosts find the published release, and its hash. */
export interface Release {
  readonly url: string;
  readonly sha256: string;
}

const USER_DATA_DEADLINE_MS = 120_000;

/**
 * Brings the lab to `settings`: adds missing hosts, keeps existing ones, waits until the cluster is ready. LabError if
 * a step fails or does not finish in time.
 */
export async function up(settings: Settings, options: UpOptions): Promise<Lab> {
  const tarball = options.release ?? (await makeRelease());
  const lab = await openLab(settings.lab);
  const image = await buildImage(lab, settings.suite);
  await lab.serve(image);
  const release = await publish(lab, tarball);
  const made = options.userData?.(lab, release) ?? givenUserData(options);
  const userData = (await made) ?? (await generateUserData(lab, settings, release));
  await lab.keep(userData);
  const hosts = await bootHosts(lab, { manager: settings.managers, worker: settings.workers }, image, settings.suite);
  await waitForUserData(hosts, await namesWithOtherUserData(lab, userData));
  if (options.wait) await waitForCluster(hosts);
  return lab;
}

/** Builds the release. Resolves to the newest tarball of dist/. */
export function makeRelease(): Promise<string> {
  return step("release", async report => {
    await run("npm", ["run", "-s", "release"], { cwd: REPOSITORY, onLine: report.note });
    const dist = path.join(REPOSITORY, "dist");
    const architecture = `-linux-${process.arch}.tar.gz`;
    const newest = readdirSync(dist)
      .filter(name => name.endsWith(architecture))
      .map(name => path.join(dist, name))
      .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
    if (newest === undefined) throw new LabError(`npm run release left no *${architecture} in dist/`);
    report.note(`${path.relative(REPOSITORY, newest)}  ${Math.round(statSync(newest).size / 1e6)} MB`);
    return newest;
  });
}

async function publish(lab: Lab, tarball: string): Promise<Release> {
  const content = await readFile(tarball);
  const url = await lab.publish(path.basename(tarball), content);
  return { url, sha256: createHash("sha256").update(content).digest("hex") };
}

async function givenUserData({ managerConfig, workerConfig }: UpOptions): Promise<UserData | undefined> {
  if (managerConfig === undefined && workerConfig === undefined) return undefined;
  if (managerConfig === undefined || workerConfig === undefined) {
    throw new LabError("give both --manager-config and --worker-config, or neither");
  }
  return { manager: await readFile(managerConfig, "utf8"), worker: await readFile(workerConfig, "utf8") };
}

/** The folder of a lab's params.yml and user-data. */
export function outFolder(lab: string): string {
  return path.join(REPOSITORY, "out", `lab-${lab}`);
}

/** Adapts params.yml to the lab and runs the generator on it, as an operator would. */
function generateUserData(lab: Lab, settings: Settings, { url, sha256 }: Release): Promise<UserData> {
  return step("user-data", async report => {
    const out = outFolder(lab.name);
    await mkdir(out, { recursive: true });
    const params = path.join(out, "params.yml");
    const document = parseDocument(await readFile(path.join(import.meta.dirname, "params.yml"), "utf8"));
    document.set("managers", settings.managers);
    document.set("etcd-members", managerAddresses(lab, settings.managers));
    if (settings.slack) document.set("slack-webhook-url", await serveSlack(lab));
    await writeFile(params, document.toString());
    const release = ["--release-url", url, "--release-sha256", sha256];
    await run("npx", ["tsx", "cli/main.ts", "generate", "--params", params, "--out", out, ...release], {
      cwd: REPOSITORY,
    });
    report.note(["manager", "worker"].map(role => path.relative(REPOSITORY, path.join(out, `${role}.yml`))).join("  "));
    const read = (role: string) => readFile(path.join(out, `${role}.yml`), "utf8");
    return { manager: await read("manager"), worker: await read("worker") };
  });
}

/** Managers are the first hosts that boot. */
function managerAddresses(lab: Lab, managers: number): string[] {
  return Array.from({ length: managers }, (_, index) => hostAddress(lab.network, index + 1));
}

/** Names of existing hosts that booted from other user-data, of another release or other params. They keep it. */
async function namesWithOtherUserData(lab: Lab, userData: UserData): Promise<string[]> {
  const other = (await lab.records()).filter(({ role, userData: booted }) => {
    const given = userData[role];
    return given !== undefined && booted !== fingerprint(given);
  });
  return other.map(record => record.name);
}

/** Resolves when cloud-init has applied the user-data on all hosts. LabError with its messages if it failed. */
function waitForUserData(hosts: readonly Host[], old: readonly string[]): Promise<void> {
  return step("cloud-init", async report => {
    if (old.length > 0)
      report.print(`${old.join(" ")} booted from other user-data and keep it; run make down first to change it`);
    const done = new Set<string>();
    await Promise.all(
      hosts.map(async host => {
        // The file appears at the end of the last stage. `cloud-init status` would start a Python each time.
        const result = await waitFor(`cloud-init on ${host.name}`, USER_DATA_DEADLINE_MS, async saw => {
          const { code, stdout } = await host.exec(["cat", "/run/cloud-init/result.json"]);
          saw("it has not finished");
          return code === 0 && CloudInitResult.parse(JSON.parse(stdout));
        });
        if (result.v1.errors.length > 0) {
          const log = await host.out("tail -n 20 /var/log/cloud-init-output.log");
          throw new LabError(`cloud-init failed on ${host.name}:\n${result.v1.errors.join("\n")}\n${log}`);
        }
        done.add(host.name);
        report.note(hosts.flatMap(({ name }) => (done.has(name) ? [name] : [])).join(" "));
      }),
    );
  });
}

const CloudInitResult = z.looseObject({ v1: z.looseObject({ errors: z.array(z.string()) }) });
