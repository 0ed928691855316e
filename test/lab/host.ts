// One host of a lab: a container whose PID 1 is systemd. Commands in it, and the faults that come from outside.
import type { Container } from "dockerode";
import type { Engine } from "./engine.ts";
import { LabError, messageOf, statusOf } from "./error.ts";
import { type Command, type ExecOptions, type ExecResult, execCollected } from "./exec.ts";
import { HOST_ROLES, type HostRole, LABELS } from "./labels.ts";
import { waitFor } from "./wait.ts";

/** "cut" runs, but is off the network. */
export type HostState = "running" | "cut" | "paused" | "off";

/** As its labels and the engine's list have it. */
export interface HostRecord {
  readonly name: string;
  readonly number: number;
  readonly role: HostRole;
  readonly address: string;
  readonly suite: string;
  /** Fingerprint of the user-data that it booted from; undefined for a bare host. */
  readonly userData: string | undefined;
  readonly state: HostState;
  readonly container: string;
}

/** What is looked at in an entry of the engine's list of containers. */
export interface ListedContainer {
  readonly Id: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly State: string;
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> };
}

/** A host from the engine's list of containers; undefined for one that is not marked as a host. */
export function recordOf(info: ListedContainer, network: string): HostRecord | undefined {
  const { [LABELS.host]: name, [LABELS.address]: address, [LABELS.suite]: suite } = info.Labels;
  const role = HOST_ROLES.find(known => known === info.Labels[LABELS.role]);
  const number = Number(/^h(\d+)$/.exec(name ?? "")?.[1]);
  if (!name || !address || !suite || role === undefined || Number.isNaN(number)) return undefined;
  const connected = Object.keys(info.NetworkSettings.Networks).includes(network);
  const userData = info.Labels[LABELS.userData];
  return { name, number, role, address, suite, userData, state: stateOf(info.State, connected), container: info.Id };
}

function stateOf(containerState: string, connected: boolean): HostState {
  if (containerState === "paused") return "paused";
  if (containerState !== "running") return "off";
  return connected ? "running" : "cut";
}

/** All verbs are idempotent: what is so already is left so. They resolve when the engine has done it. */
export interface Host {
  readonly name: string;
  readonly address: string;
  readonly role: HostRole;
  readonly container: Container;
  /** Any exit code is a result. */
  exec(command: Command, options?: ExecOptions): Promise<ExecResult>;
  /** stdout, trimmed; LabError with stderr when the exit code is not 0. */
  out(command: Command, options?: ExecOptions): Promise<string>;
  state(): Promise<HostState>;
  /** Power loss: every process dies at once. */
  kill(): Promise<void>;
  /** Power on, for a host that is off. */
  start(): Promise<void>;
  /** An orderly shutdown by systemd; killed after 60 s. */
  stop(): Promise<void>;
  /** A stall: no process gets any time until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Off the network, all processes running on. */
  cut(): Promise<void>;
  /** On the network again, with the same address. */
  heal(): Promise<void>;
}

const STOP_DEADLINE_S = 60;
const FREEZE_DEADLINE_MS = 30_000;

export function hostOf(engine: Engine, network: string, record: HostRecord): Host {
  const container = engine.docker.getContainer(record.container);
  const { name, address, role } = record;
  const exec = (command: Command, options?: ExecOptions) => execCollected(container, name, command, options);
  const state = async (): Promise<HostState> => {
    const { State, NetworkSettings } = await container.inspect();
    return stateOf(State.Status, Object.keys(NetworkSettings.Networks).includes(network));
  };
  /** The engine answers 304 to what is so already; where it says 409 instead, the state decides. */
  const reach = async (verb: string, wanted: (now: HostState) => boolean, act: () => Promise<unknown>) => {
    if (wanted(await state())) return;
    try {
      await act();
    } catch (cause) {
      if (statusOf(cause) === 304 || wanted(await state())) return;
      throw new LabError(`cannot ${verb} ${name}: ${messageOf(cause)}`, { cause });
    }
  };
  const resume = () =>
    reach(
      "resume",
      now => now !== "paused",
      () => container.unpause(),
    );

  return {
    name,
    address,
    role,
    container,
    exec,
    state,
    resume,
    out: async (command, options) => {
      const { code, stdout, stderr } = await exec(command, options);
      if (code !== 0)
        throw new LabError(`${name}: ${command} ended with code ${code}: ${stderr.trim() || stdout.trim()}`);
      return stdout.trim();
    },
    kill: () =>
      reach(
        "kill",
        now => now === "off",
        () => container.kill(),
      ),
    start: () =>
      reach(
        "start",
        now => now !== "off",
        () => container.start(),
      ),
    stop: async () => {
      await resume();
      await reach(
        "stop",
        now => now === "off",
        () => container.stop({ t: STOP_DEADLINE_S }),
      );
    },
    pause: () =>
      reach(
        "pause",
        now => now === "paused",
        () => frozen(container),
      ),
    cut: () =>
      reach(
        "cut",
        now => now === "cut",
        () => engine.docker.getNetwork(network).disconnect({ Container: container.id, Force: true }),
      ),
    heal: () =>
      reach(
        "heal",
        now => now === "running",
        () =>
          engine.docker.getNetwork(network).connect({
            Container: container.id,
            EndpointConfig: { IPAMConfig: { IPv4Address: address }, Aliases: [name] },
          }),
      ),
  };
}

/** A host that starts processes meanwhile may escape the kernel's freezer; the runtime gives up soon, and says so. */
async function frozen(container: Container): Promise<void> {
  const refused = await waitFor("its processes to be frozen", FREEZE_DEADLINE_MS, async saw => {
    try {
      await container.pause();
      return "nothing";
    } catch (error) {
      if (!/unable to freeze/.test(messageOf(error))) return { error };
      saw(messageOf(error));
      return undefined;
    }
  });
  if (refused !== "nothing") throw refused.error;
}
