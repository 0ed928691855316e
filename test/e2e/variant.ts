// A small lab whose cluster follows the test's own params, generated and booted as an operator would. KEEP_LAB=1 keeps
// it for inspection.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll } from "vitest";
import { stringify } from "yaml";
import { generate } from "../../generator/main.ts";
import { makeRelease, outFolder, up } from "../lab/commands/up.ts";
import { findEngine, stopPrivateEngine } from "../lab/engine/engine.ts";
import { hostAddress, serverAddress } from "../lab/engine/network.ts";
import type { Host } from "../lab/host/host.ts";
import type { Lab } from "../lab/lab.ts";
import { existingLab } from "../lab/session.ts";

/** A lab before it has hosts. */
export interface EmptyLab {
  readonly lab: Lab;
  /** The address of the release server and of the services started on it. */
  readonly server: string;
  /** The folder of params.yml, for files that it names. */
  readonly folder: string;
  /** The address of the host with this number: 1 for h1. */
  address(number: number): string;
  /**
   * Starts a service on the server, with the release unpacked in /opt/swarmkeeper. It runs until the lab is removed.
   */
  startService(command: string): Promise<void>;
}

export interface Variant {
  readonly name: string;
  readonly managers: number;
  readonly workers: number;
  /** The params in addition to the dialect and the release. May start the services that the params name. */
  readonly params: (emptyLab: EmptyLab) => Promise<object> | object;
  /** Shell commands that prepare the machine before user-data installs swarmkeeper. */
  readonly machine?: (emptyLab: EmptyLab) => readonly string[];
}

export interface Booted {
  lab(): Lab;
  hosts(): readonly Host[];
  host(name: string): Host;
}

let release: Promise<string> | undefined;

/** Boots the variant before the tests around this call and removes it after them. Does not wait for its cluster. */
export function booted(variant: Variant): Booted {
  let lab: Lab | undefined;
  let hosts: readonly Host[] = [];

  beforeAll(async () => {
    await takeDown(variant.name);
    lab = await boot(variant);
    hosts = await lab.hosts();
  }, 300_000);

  afterAll(async () => {
    if (process.env.KEEP_LAB !== "1") await takeDown(variant.name);
  }, 120_000);

  return {
    lab: () => {
      if (!lab) throw new Error(`the lab ${variant.name} is not up`);
      return lab;
    },
    hosts: () => hosts,
    host: wanted => {
      const found = hosts.find(host => host.name === wanted);
      if (!found) throw new Error(`no host ${wanted} in the lab ${variant.name}`);
      return found;
    },
  };
}

async function boot(variant: Variant): Promise<Lab> {
  const { name, managers, workers } = variant;
  release ??= makeRelease();
  const tarball = await release;
  return up(
    { lab: name, managers, workers, suite: "trixie" },
    {
      release: tarball,
      wait: false,
      userData: async (lab, { url, sha256 }) => {
        const emptyLab = await emptyLabOf(lab, path.basename(tarball));
        const paramsPath = path.join(emptyLab.folder, "params.yml");
        const params = { dialect: "cloud-init", ...(await variant.params(emptyLab)) };
        await writeFile(paramsPath, stringify(params));
        generate({ paramsPath, outDir: emptyLab.folder, releaseUrl: url, releaseSha256: sha256 });
        const machine = variant.machine?.(emptyLab) ?? [];
        const more = machine.length === 0 ? "" : stringify({ bootcmd: machine });
        const read = async (role: string) =>
          `${await readFile(path.join(emptyLab.folder, `${role}.yml`), "utf8")}${more}`;
        return { manager: await read("manager"), worker: await read("worker") };
      },
    },
  );
}

async function emptyLabOf(lab: Lab, tarball: string): Promise<EmptyLab> {
  const folder = outFolder(lab.name);
  await mkdir(folder, { recursive: true });
  return {
    lab,
    folder,
    server: serverAddress(lab.network),
    address: number => hostAddress(lab.network, number),
    startService: async command => {
      const home = "/opt/swarmkeeper";
      const unpack = `[ -e ${home} ] || { mkdir ${home} && tar -xzf /srv/${tarball} -C ${home}; }`;
      const { code, stderr } = await lab.onServer(`${unpack} && { setsid ${command} >/var/log/service 2>&1 & }`);
      if (code !== 0) throw new Error(`cannot start ${command}: ${stderr}`);
    },
  };
}

async function takeDown(name: string): Promise<void> {
  const lab = await existingLab(name);
  await lab?.remove();
  await rm(outFolder(name), { recursive: true, force: true });
}

/** Stops the lab's private engine after the last variant, unless another lab uses it. */
export async function stopEngine(): Promise<void> {
  const engine = await findEngine();
  if (engine !== undefined) await stopPrivateEngine(engine);
}
