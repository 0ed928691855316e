// The units as they are on this host, and the file that each shall run: everything that their plan goes by.
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import { isTemplate } from "../../crd-like-specs/units/unit-needs.ts";
import type { UnitState } from "../../drivers/systemd/port.ts";
import type { ConnectedAgent } from "../context.ts";
import { SHIPPED_UNITS, SYSTEMD_UNITS } from "../host/systemd-units.ts";
import { type DesiredUnits, desiredUnits } from "./desired-units.ts";
import type { Target, UnitView } from "./plan.ts";
import { cachedText, cacheText, fetchText } from "./texts.ts";

export interface InspectedUnits {
  readonly views: readonly UnitView[];
  readonly boot: string;
  /** Texts that cannot be had. */
  readonly problems: readonly string[];
}

interface OnHost {
  readonly file: string | undefined;
  readonly shipped: string | undefined;
}

/** `fetch`: whether etcd is asked for texts that are not on this host. */
export async function inspectUnits(
  agent: ConnectedAgent,
  assignment: Pick<Assignment, "units" | "files" | "vault">,
  { fetch }: { fetch: boolean },
): Promise<InspectedUnits> {
  const desired = desiredUnits(assignment);
  const { units } = desired;
  const known = agent.store.state().units;
  const wanted = [...new Set([...units, ...Object.keys(desired.files)])];
  const names = [...known, ...wanted.filter(name => !known.includes(name))];
  const boot = await agent.host.bootId();
  // Texts are fetched while systemd is asked.
  const [states, seen] = await Promise.all([
    statesOf(agent, names),
    Promise.all(names.map(name => inspectFile(agent, name, desired, { fetch, boot }))),
  ]);
  const found = seen.flatMap(({ view, problem }) => {
    const state = states.get(view.name);
    return state ? [{ view: { ...view, state }, problem }] : [];
  });
  return {
    views: found.map(({ view }) => view),
    boot,
    problems: found.flatMap(({ problem }) => problem ?? []),
  };
}

/** A template has a file and nothing else: systemd does not answer for one. */
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
): Promise<{ view: Omit<UnitView, "state">; problem: string | undefined }> {
  const { host, store, pacing } = agent;
  const note = store.state().started[name];
  const onHost: OnHost = {
    file: await host.read(`${SYSTEMD_UNITS}/${name}`),
    shipped: await host.read(`${SHIPPED_UNITS}/${name}`),
  };
  const onDisk = onHost.file === undefined ? undefined : hashOf(onHost.file);
  const hash = files[name];
  // What is restarted only in its turn is not restarted for a release that brings another text either.
  const stays = settings[name] !== undefined && note?.settings === settings[name] && note?.boot === boot;
  const { target, problem } =
    hash !== undefined
      ? await assignedText(agent, hash, onHost, note?.file, fetch)
      : { target: stays && onDisk === note?.file ? asItLies(onHost) : shippedOrOwn(onHost), problem: undefined };
  const view = {
    name,
    listed: units.includes(name) || hash !== undefined,
    carried: !units.includes(name) && hash !== undefined,
    onDisk,
    ours:
      store.state().written.includes(name) ||
      // Noted after it is written: in between, the text that we hold says that it is ours.
      (onDisk !== undefined && (await cachedText(agent, onDisk)) !== undefined) ||
      // Agents before us noted nothing of the files that they took from the release.
      onHost.shipped !== undefined,
    target,
    // While the text cannot be had, it goes on with all that it was started with.
    settings: problem === undefined ? settings[name] : note?.settings,
    note,
    mayStartAgain: pacing.mayStartAgain(name),
  };
  return { view, problem: problem && `unit ${name} stays as it is: ${problem}` };
}

const shippedOrOwn = ({ shipped }: OnHost): Target =>
  shipped === undefined ? "own" : { hash: hashOf(shipped), text: shipped };

const asItLies = ({ file }: OnHost): Target => (file === undefined ? "own" : { hash: hashOf(file), text: file });

/** While the text cannot be had, the one that the unit was last started with, so that it is still run and put back. */
async function assignedText(
  agent: ConnectedAgent,
  hash: string,
  { file }: OnHost,
  last: string | undefined,
  fetch: boolean,
): Promise<{ target: Target; problem: string | undefined }> {
  const kept = await cachedText(agent, hash);
  if (kept !== undefined) return { target: { hash, text: kept }, problem: undefined };
  if (file !== undefined && hashOf(file) === hash) {
    await cacheText(agent, hash, file);
    return { target: { hash, text: file }, problem: undefined };
  }
  const fetched = fetch ? await fetchText(agent, hash) : { problem: "its text is not on this host" };
  if ("text" in fetched) return { target: { hash, text: fetched.text }, problem: undefined };
  const before = last === undefined ? undefined : await cachedText(agent, last);
  return {
    target: last !== undefined && before !== undefined ? { hash: last, text: before } : "lacking",
    problem: fetched.problem,
  };
}
