// Reads the input of the unit plan: the state of each unit on this node, and the file that it must run.
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import { isTemplate } from "../../crd-like-specs/units/unit-needs.ts";
import type { UnitState } from "../../drivers/systemd/port.ts";
import type { ConnectedAgent } from "../context.ts";
import type { Explanation } from "../host/explanation.ts";
import { SHIPPED_UNITS, SYSTEMD_UNITS } from "../host/systemd-units.ts";
import { type DesiredUnits, desiredUnits } from "./desired-units.ts";
import type { Target, UnitView } from "./plan.ts";
import { cachedText, cacheText, fetchText } from "./texts.ts";

export interface InspectedUnits {
  readonly views: readonly UnitView[];
  readonly boot: string;
  /** The texts that are not available, by unit. */
  readonly problems: readonly Explanation[];
}

const NOT_CACHED: Explanation = { reason: "UnitTextNotCached", text: "its text is not on this node" };

interface OnHost {
  readonly file: string | undefined;
  readonly shipped: string | undefined;
}

/**
 * Inspects the assigned units and those that run. `fetch`: whether texts that are not on this node are fetched from
 * etcd. SystemdError when systemd does not answer.
 */
export async function inspectUnits(
  agent: ConnectedAgent,
  assignment: Pick<Assignment, "units" | "files" | "vault">,
  { fetch }: { fetch: boolean },
): Promise<InspectedUnits> {
  const desired = desiredUnits(assignment);
  const { units } = desired;
  const running = agent.store.state().units;
  const wanted = [...new Set([...units, ...Object.keys(desired.files)])];
  const names = [...running, ...wanted.filter(name => !running.includes(name))];
  const boot = await agent.host.bootId();
  // Both read at the same time.
  const [states, files] = await Promise.all([
    statesOf(agent, names),
    Promise.all(names.map(name => inspectFile(agent, name, desired, { fetch, boot }))),
  ]);
  const found = files.flatMap(({ view, problem }) => {
    const state = states.get(view.name);
    return state ? [{ view: { ...view, state }, problem }] : [];
  });
  return {
    views: found.map(({ view }) => view),
    boot,
    problems: found.flatMap(({ problem }) => problem ?? []),
  };
}

/** A template has nothing but a file: systemd reports no state for it. */
async function statesOf({ systemd }: ConnectedAgent, names: readonly string[]): Promise<Map<string, UnitState>> {
  const shown = await systemd.show(names.filter(name => !isTemplate(name)));
  const templates = names.filter(isTemplate).map(name => ({ ...TEMPLATE, name }));
  return new Map([...shown, ...templates].map(state => [state.name, state]));
}

const TEMPLATE: Omit<UnitState, "name"> = {
  ...{ load: "loaded", type: "", remains: false, active: "inactive", sub: "dead", result: "success" },
  ...{ restarts: 0, enabled: false, since: undefined, begun: undefined },
};

async function inspectFile(
  agent: ConnectedAgent,
  name: string,
  { units, files, settings }: DesiredUnits,
  { fetch, boot }: { fetch: boolean; boot: string },
): Promise<{ view: Omit<UnitView, "state">; problem: Explanation | undefined }> {
  const { host, store, restartBackoff } = agent;
  const note = store.state().started[name];
  const onHost: OnHost = {
    file: await host.read(`${SYSTEMD_UNITS}/${name}`),
    shipped: await host.read(`${SHIPPED_UNITS}/${name}`),
  };
  const onDisk = onHost.file === undefined ? undefined : hashOf(onHost.file);
  const hash = files[name];
  // A unit with settings restarts only when the controller allows it, so that a new release does not restart it either.
  const stays = settings[name] !== undefined && note?.settings === settings[name] && note?.boot === boot;
  const { target, problem } =
    hash !== undefined
      ? await assignedText(agent, hash, onHost, note?.file, fetch)
      : { target: stays && onDisk === note?.file ? asOnDisk(onHost) : shippedOrOwn(onHost), problem: undefined };
  const view = {
    name,
    listed: units.includes(name) || hash !== undefined,
    activated: !units.includes(name) && hash !== undefined,
    onDisk,
    isWritten:
      store.state().written.includes(name) ||
      // The note follows the write: in between, the cached text shows that the agent wrote the file.
      (onDisk !== undefined && (await cachedText(agent, onDisk)) !== undefined) ||
      // Earlier versions of the agent wrote no note for the files of the release.
      onHost.shipped !== undefined,
    target,
    // Without its text, the unit keeps the settings that it was started with.
    settings: problem === undefined ? settings[name] : note?.settings,
    note,
    mayStartAgain: restartBackoff.mayStart(name),
  };
  return {
    view,
    problem: problem && { ...problem, subject: name, text: `unit ${name} stays unchanged: ${problem.text}` },
  };
}

const shippedOrOwn = ({ shipped }: OnHost): Target =>
  shipped === undefined ? "own" : { hash: hashOf(shipped), text: shipped };

const asOnDisk = ({ file }: OnHost): Target => (file === undefined ? "own" : { hash: hashOf(file), text: file });

/**
 * The assigned text. If it is not available, the text of the last start, so that the unit still runs and is restored.
 */
async function assignedText(
  agent: ConnectedAgent,
  hash: string,
  { file }: OnHost,
  last: string | undefined,
  fetch: boolean,
): Promise<{ target: Target; problem: Explanation | undefined }> {
  const cached = await cachedText(agent, hash);
  if (cached !== undefined) return { target: { hash, text: cached }, problem: undefined };
  if (file !== undefined && hashOf(file) === hash) {
    await cacheText(agent, hash, file);
    return { target: { hash, text: file }, problem: undefined };
  }
  const fetched = fetch ? await fetchText(agent, hash) : { problem: NOT_CACHED };
  if ("text" in fetched) return { target: { hash, text: fetched.text }, problem: undefined };
  const before = last === undefined ? undefined : await cachedText(agent, last);
  return {
    target: last !== undefined && before !== undefined ? { hash: last, text: before } : "unavailable",
    problem: fetched.problem,
  };
}
