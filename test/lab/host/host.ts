// One host of a lab: a container whose PID 1 is systemd. Runs commands in it and injects faults from outside.
import type { Container } from "dockerode";
import type { Engine } from "../engine/engine.ts";
import { LabError, messageOf, statusOf } from "../error.ts";
import { waitFor } from "../wait.ts";
import { type Command, type ExecOptions, type ExecResult, execCollected } from "./exec.ts";
import { HOST_ROLES, type HostRole, LABELS } from "./labels.ts";

/** A host in the state "cut" runs, but is disconnected from the network. */
export type HostState = "running" | "cut" | "paused" | "off";

/** A host as its labels and the engine's list describe it. */
export interface HostRecord {
  readonly name: string;
  readonly number: number;
  readonly role: HostRole;
  readonly address: string;
  readonly suite: string;
  /** Fingerprint of the user-data that the host booted from; undefined for a bare host. */
  readonly userData: string | undefined;
  readonly state: HostState;
  readonly container: string;
}

/** The part of an entry in the engine's list of containers that recordOf reads. */
export interface ListedContainer {
  readonly Id: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly State: string;
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> };
}

/** A host from the engine's list of containers; undefined for a container without the labels of a host. */
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

/** All verbs are idempotent. They resolve when the engine has done the change. */
export interface Host {
  readonly name: string;
  readonly address: string;
  readonly role: HostRole;
  readonly container: Container;
  /** Any exit code is a result. */
  exec(command: Command, options?: ExecOptions): Promise<ExecResult>;
  /** stdout, trimmed. LabError with stderr if the exit code is not 0. */
  out(command: Command, options?: ExecOptions): Promise<string>;
  state(): Promise<HostState>;
  /** Power loss: every process dies at once. */
  kill(): Promise<void>;
  /** Power on, for a host that is off. */
  start(): Promise<void>;
  /** Orderly shutdown by systemd; killed after 60 s. */
  stop(): Promise<void>;
  /** Stall: no process gets CPU time until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Disconnects the network. All processes continue to run. */
  cut(): Promise<void>;
  /** Connects the network again, with the same address. */
  heal(): Promise<void>;
}

const STOP_DEADLINE_S = 60;
const FREEZE_DEADLINE_MS = 30_000;

/** The verbs of the host that `record` describes, in this network of the engine. */
export function hostOf(engine: Engine, network: string, record: HostRecord): Host {
  const container = engine.docker.getContainer(record.container);
  const { name, address, role } = record;
  const exec = (command: Command, options?: ExecOptions) => execCollected(container, name, command, options);
  const state = async (): Promise<HostState> => {
    const { State, NetworkSettings } = await container.inspect();
    return stateOf(State.Status, Object.keys(NetworkSettings.Networks).includes(network));
  };
  /** The engine answers 304 if the state is reached already. If it answers 409 instead, the state decides. */
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
        () => freeze(container),
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

/**
 * A host that starts processes meanwhile may escape the kernel's freezer. The runtime gives up soon with "unable to
 * freeze", so the pause is repeated.
 */
async function freeze(container: Container): Promise<void> {
  const result = await waitFor("its processes to be frozen", FREEZE_DEADLINE_MS, async saw => {
    try {
      await container.pause();
      return "frozen";
    } catch (error) {
      if (!/unable to freeze/.test(messageOf(error))) return { error };
      saw(messageOf(error));
      return undefined;
    }
  });
  if (result !== "frozen") throw result.error;
}
