// The Vaults as lines for people: how many serve, what is waited for, what a person can do, then each of them.
import { someOf } from "../../crd-like-specs/lists.ts";
import { type Fact, fact, factLines } from "../terminal/facts.ts";
import { type Cell, type Paint, type Tone, table } from "../terminal/paint.ts";
import { age, waitingText } from "../terminal/time.ts";
import type { VaultServer, VaultView } from "./view.ts";

export function vaultText(view: VaultView, now: number, paint: Paint): string[] {
  if (view.servers.length === 0) return ["No manager runs Vault; all do while spec/vault/enabled is true."];
  const facts = [
    vaultFact(view),
    ...view.waiting.map(waiting => fact("Waiting", waitingText(waiting, now), "busy")),
    ...view.servers.flatMap(({ name, problem }) =>
      problem === undefined ? [] : [fact("Problem", `${name}: ${problem.message}`, "bad")],
    ),
    ...(view.hasLeader ? [] : [fact("Held", "no controller leads: no change goes on until one does", "bad")]),
    ...remedies(view),
  ];
  return [...factLines(facts, paint), "", ...serverTable(view, now, paint)];
}

/** The state on one line, for this command and for `swarmkeeper status`. */
export function vaultFact({ servers, serving, active }: Pick<VaultView, "servers" | "serving" | "active">): Fact {
  const names = (state: VaultServer["state"]) =>
    servers.filter(server => server.state === state).map(({ name }) => name);
  const rest = (["sealed", "uninitialised", "unreachable", "starting", "unknown"] as const).flatMap(state =>
    names(state).length > 0 ? [`${someOf(names(state))} ${state}`] : [],
  );
  const old = servers.filter(({ settings }) => settings === "old").length;
  const parts = [
    `${serving} of ${servers.length} serve`,
    active === undefined ? "none is active" : `active on ${active}`,
    ...rest,
    ...(old > 0 ? [`${old} with old settings`] : []),
  ];
  return fact(
    "Vault",
    parts.join(" · "),
    serving === 0 ? "bad" : serving < servers.length || old > 0 ? "busy" : undefined,
  );
}

/** What a person can do about it, on the host that it is about. */
function remedies({ servers }: VaultView): Fact[] {
  const is = (state: VaultServer["state"]) => servers.some(server => server.state === state);
  const texts = [
    ...(servers.every(({ state }) => state === "uninitialised")
      ? ["on one of them, once for all: swarmkeeper vault init"]
      : []),
    ...(is("sealed") ? ["on each that is sealed: swarmkeeper vault unseal"] : []),
  ];
  return texts.map((text, index) => fact(index === 0 ? "Next" : "", text));
}

const TONES: Readonly<Record<VaultServer["state"], Tone | undefined>> = {
  active: "good",
  standby: undefined,
  sealed: "bad",
  uninitialised: "bad",
  unreachable: "bad",
  unknown: "bad",
  starting: "busy",
};

function serverTable({ servers }: VaultView, now: number, paint: Paint): string[] {
  const heading = ["NODE", "URL", "STATE", "VERSION", "SETTINGS", "FOR"];
  const rows = servers.map(({ name, url, state, version, settings, since }): Cell[] => {
    const tone = TONES[state];
    return [
      { text: name, tone: "strong" },
      { text: url ?? "-" },
      { text: state, ...(tone && { tone }) },
      { text: version ?? "-" },
      { text: settings ?? "-", ...(settings === "old" && { tone: "busy" as const }) },
      { text: since === undefined ? "-" : age(now - Date.parse(since)) },
    ];
  });
  return table([heading.map((text): Cell => ({ text, tone: "faint" })), ...rows], paint);
}
