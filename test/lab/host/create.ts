// Creates the containers of a lab: the hosts and the small server from which they fetch the release.
import { createHash } from "node:crypto";
import type { Container, ContainerCreateOptions, HostConfig } from "dockerode";
import { type TarFile, tar } from "../../../deploy/tar.ts";
import type { Engine } from "../engine/engine.ts";
import { hostAddress, type LabNetwork, serverAddress } from "../engine/network.ts";
import { LabError, statusOf } from "../error.ts";
import { boundingSet, powerOf } from "./capabilities.ts";
import { type HostRole, LABELS, SERVER } from "./labels.ts";

export interface NewHost {
  readonly lab: string;
  readonly number: number;
  readonly role: HostRole;
  readonly suite: string;
  readonly image: string;
  readonly network: LabNetwork;
  /** A cloud-config document; undefined for a bare host, whose cloud-init stays off. */
  readonly userData: string | undefined;
}

/** Creates a host and powers it on. The host receives its name, its address and the user-data, nothing else. */
export async function createHost(engine: Engine, host: NewHost): Promise<void> {
  const name = `h${host.number}`;
  const address = hostAddress(host.network, host.number);
  const container = await create(engine, {
    name: containerName(host.lab, name),
    Hostname: name,
    Image: host.image,
    // An anonymous volume, because overlay2 does not stack on the container's own overlay.
    Volumes: { "/var/lib/docker": {} },
    Labels: {
      [LABELS.lab]: host.lab,
      [LABELS.host]: name,
      [LABELS.role]: host.role,
      [LABELS.address]: address,
      [LABELS.suite]: host.suite,
      ...(host.userData === undefined ? {} : { [LABELS.userData]: fingerprint(host.userData) }),
    },
    HostConfig: hostConfig(),
    NetworkingConfig: endpoint(host.network, address, name),
  });
  await container.putArchive(await tar(seed(container.id, name, host.userData)), { path: "/" });
  await container.start();
}

/** A hash that identifies a user-data document: 12 hex digits of its SHA-256. */
export function fingerprint(userData: string): string {
  return createHash("sha256").update(userData).digest("hex").slice(0, 12);
}

/** The files from which cloud-init reads the user-data (its NoCloud source), or the file that turns cloud-init off. */
function seed(instance: string, name: string, userData: string | undefined): TarFile[] {
  const file = (path: string, content: string): TarFile => ({ path, mode: 0o600, content: Buffer.from(content) });
  if (userData === undefined) return [file("etc/cloud/cloud-init.disabled", "")];
  return [
    file("var/lib/cloud/seed/nocloud/meta-data", `instance-id: ${instance}\nlocal-hostname: ${name}\n`),
    file("var/lib/cloud/seed/nocloud/user-data", userData),
  ];
}

/** Creates and starts the release server, which serves /srv. It is empty at first. */
export async function createServer(engine: Engine, lab: string, image: string, network: LabNetwork): Promise<void> {
  const container = await create(engine, {
    name: containerName(lab, SERVER),
    Hostname: SERVER,
    Image: image,
    Cmd: ["busybox", "httpd", "-f", "-p", "80", "-h", "/srv"],
    StopSignal: "SIGKILL",
    Labels: { [LABELS.lab]: lab, [LABELS.host]: SERVER },
    NetworkingConfig: endpoint(network, serverAddress(network), SERVER),
  });
  await container.start();
}

function containerName(lab: string, host: string): string {
  return `swarmkeeper-${lab}-${host}`;
}

function endpoint(network: LabNetwork, address: string, name: string) {
  return { EndpointsConfig: { [network.name]: { IPAMConfig: { IPv4Address: address }, Aliases: [name] } } };
}

async function create(engine: Engine, options: ContainerCreateOptions): Promise<Container> {
  try {
    return await engine.docker.createContainer(options);
  } catch (cause) {
    if (statusOf(cause) !== 409) throw cause;
    throw new LabError(
      `a container named ${options.name} exists, but lacks the label ${LABELS.lab}: it does not belong to the lab. ` +
        "Remove or rename it, or choose another LAB=name",
      { cause },
    );
  }
}

/** The settings that systemd and a dockerd need inside a container. */
function hostConfig(): HostConfig {
  const power = powerOf(boundingSet());
  const common = { CgroupnsMode: "private", Tmpfs: { "/run": "", "/tmp": "" } };
  if (power.privileged) return { ...common, Privileged: true };
  return {
    ...common,
    CapAdd: power.capabilities,
    SecurityOpt: ["seccomp=unconfined", "apparmor=unconfined"],
    // As systempaths=unconfined of the docker CLI: no path below /proc and /sys is hidden or read-only.
    MaskedPaths: [],
    ReadonlyPaths: [],
    DeviceCgroupRules: ["a *:* rwm"],
  };
}
