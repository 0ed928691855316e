// A lab: finds its hosts by their labels and offers the verbs on all of them, for the command line and for tests.
import type { Container } from "dockerode";
import { type TarFile, tar } from "../../deploy/tar.ts";
import type { Engine } from "./engine/engine.ts";
import { ensureNetwork, findNetwork, type LabNetwork, removeNetwork, serverAddress } from "./engine/network.ts";
import { LabError } from "./error.ts";
import { createHost, createServer } from "./host/create.ts";
import { type Command, type ExecResult, execCollected } from "./host/exec.ts";
import { type Host, type HostRecord, hostOf, recordOf } from "./host/host.ts";
import { type HostRole, LABELS, SERVER } from "./host/labels.ts";
import { waitFor } from "./wait.ts";

const BOOT_DEADLINE_MS = 120_000;

/** User-data by role, as cloud-config documents. */
export type UserData = Partial<Record<HostRole, string>>;

export interface Lab {
  readonly name: string;
  readonly engine: Engine;
  readonly network: LabNetwork;
  /** Sorted by number. */
  records(): Promise<HostRecord[]>;
  hosts(): Promise<Host[]>;
  /** LabError that names the existing hosts if there is no such host. */
  host(name: string): Promise<Host>;
  /**
   * Powers on one more host for each of `roles`, with the lowest free numbers. LabError if no user-data is stored for a
   * role.
   */
  add(roles: readonly HostRole[], image: string, suite: string): Promise<Host[]>;
  /** Powers on, resumes and heals all hosts that do not run. Resolves to the names of those hosts. */
  recover(): Promise<string[]>;
  /** Starts the release server if it does not run. Bare hosts need none. */
  serve(image: string): Promise<void>;
  /** Puts a file on the release server. Resolves to the URL under which the hosts find it. */
  publish(name: string, content: Buffer): Promise<string>;
  /** Runs a command on the release server, which outlives all hosts, for services that hosts need to boot. */
  onServer(command: Command): Promise<ExecResult>;
  /** Stores the user-data for later hosts in the release server, where the hosts cannot read it. */
  keep(userData: UserData): Promise<void>;
  /** Removes the hosts with their data, the server and the network. The engine stays. */
  remove(): Promise<void>;
}

/**
 * Checks a lab name, which becomes part of the names of containers, networks and folders. LabError if it is invalid.
 */
export function parseLabName(name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) return name;
  throw new LabError(`LAB=${name} is not a valid lab name: use lower-case letters, digits and hyphens, at most 31`);
}

/** The lab of this name. Creates its network if it has none. It has no hosts until they are added. */
export async function createLab(engine: Engine, name: string): Promise<Lab> {
  return labOf(engine, name, await ensureNetwork(engine, name));
}

/** An existing lab; undefined if there is none. */
export async function findLab(engine: Engine, name: string): Promise<Lab | undefined> {
  const network = await findNetwork(engine, name);
  return network === undefined ? undefined : labOf(engine, name, network);
}

function labOf(engine: Engine, name: string, network: LabNetwork): Lab {
  const { docker } = engine;
  const containers = () => docker.listContainers({ all: true, filters: { label: [`${LABELS.lab}=${name}`] } });
  const records = async () => {
    const found = (await containers()).flatMap(info => recordOf(info, network.name) ?? []);
    return found.sort((a, b) => a.number - b.number);
  };
  const hosts = async () => (await records()).map(record => hostOf(engine, network.name, record));
  const host = async (wanted: string) => {
    const all = await hosts();
    const found = all.find(candidate => candidate.name === wanted);
    if (found !== undefined) return found;
    throw new LabError(`the lab ${name} has no host ${wanted}; it has ${all.map(h => h.name).join(" ") || "none"}`);
  };
  const server = async (): Promise<Container | undefined> => {
    const info = (await containers()).find(candidate => candidate.Labels[LABELS.host] === SERVER);
    return info === undefined ? undefined : docker.getContainer(info.Id);
  };
  const runningServer = async () => {
    const container = await server();
    if (container === undefined) throw new LabError(`the lab ${name} has no release server: its hosts are bare`);
    return container;
  };

  return {
    name,
    engine,
    network,
    records,
    hosts,
    host,

    add: async (roles, image, suite) => {
      const taken = new Set((await records()).map(record => record.number));
      const wanted = numbered(roles, taken);
      await Promise.all(
        wanted.map(async ({ number, role }) => {
          const userData = role === "bare" ? undefined : await storedUserData(await runningServer(), role);
          await createHost(engine, { lab: name, number, role, suite, image, network, userData });
        }),
      );
      return Promise.all(wanted.map(({ number }) => host(`h${number}`)));
    },

    recover: async () => {
      const broken = (await records()).filter(record => record.state !== "running");
      await Promise.all(
        broken.map(async record => {
          const found = hostOf(engine, network.name, record);
          await found.start();
          await found.resume();
          await found.heal();
        }),
      );
      return broken.map(record => record.name);
    },

    serve: async image => {
      const existing = await server();
      if (existing === undefined) await createServer(engine, name, image, network);
      else if (!(await existing.inspect()).State.Running) await existing.start();
    },

    publish: async (file, content) => {
      await (await runningServer()).putArchive(await tar([{ path: file, mode: 0o644, content }]), { path: "/srv" });
      return `http://${serverAddress(network)}/${file}`;
    },

    onServer: async command => execCollected(await runningServer(), SERVER, command),

    keep: async userData => {
      const files = Object.entries(userData).map(
        ([role, text]): TarFile => ({ path: `${role}.yml`, mode: 0o600, content: Buffer.from(text) }),
      );
      await (await runningServer()).putArchive(await tar(files), { path: "/etc/lab" });
    },

    remove: async () => {
      const all = await containers();
      await Promise.all(all.map(info => docker.getContainer(info.Id).remove({ force: true, v: true })));
      await removeNetwork(engine, network);
    },
  };
}

/** The lowest free numbers, in order, so that a manager whose creation failed gets its address on the next try. */
export function numbered(roles: readonly HostRole[], taken: ReadonlySet<number>): { number: number; role: HostRole }[] {
  let number = 0;
  return roles.map(role => {
    do number++;
    while (taken.has(number));
    return { number, role };
  });
}

async function storedUserData(server: Container, role: HostRole): Promise<string> {
  const { code, stdout } = await execCollected(server, SERVER, ["cat", `/etc/lab/${role}.yml`]);
  if (code !== 0) throw new LabError(`this lab has no user-data for the role ${role}`);
  return stdout;
}

/**
 * Waits until the Docker daemon of each host answers. `onSaw` receives the names of those that do. LabError after 2
 * min.
 */
export async function waitForDocker(hosts: readonly Host[], onSaw: (what: string) => void): Promise<void> {
  const ready = new Set<string>();
  const waitForHost = (host: Host) =>
    waitFor(`docker on ${host.name}`, BOOT_DEADLINE_MS, async saw => {
      // systemd's socket holds the connection open until dockerd accepts it, so the answer comes as soon as dockerd runs.
      const { code, stderr } = await host.exec("curl -sS -m 30 --unix-socket /run/docker.sock http://docker/_ping");
      if (code !== 0) saw(stderr.trim());
      return code === 0;
    });
  await Promise.all(
    hosts.map(async host => {
      await waitForHost(host);
      ready.add(host.name);
      onSaw(hosts.flatMap(({ name }) => (ready.has(name) ? [name] : [])).join(" "));
    }),
  );
}
