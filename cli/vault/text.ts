// The Vault servers as human-readable lines: how many serve, what a change waits for, what an operator can do, and a
// table of the servers.
import { someOf } from "../../crd-like-specs/lists.ts";
import { type Fact, fact, factLines } from "../terminal/facts.ts";
import { type Cell, type Paint, type Tone, table } from "../terminal/paint.ts";
import { age, waitingText } from "../terminal/time.ts";
import type { VaultServer, VaultView } from "./view.ts";

/** `now` in milliseconds since 1970; all ages count from it. */
export function vaultText(view: VaultView, now: number, paint: Paint): string[] {
  if (view.servers.length === 0) return ["No manager runs Vault. All managers do while spec/vault/enabled is true."];
  const facts = [
    vaultFact(view),
    ...view.waiting.map(waiting => fact("Waiting", waitingText(waiting, now), "busy")),
    ...view.servers.flatMap(({ name, problem }) =>
      problem === undefined ? [] : [fact("Problem", `${name}: ${problem.message}`, "bad")],
    ),
    ...(view.hasLeader ? [] : [fact("Waiting", "no controller leads: no change continues until one does", "bad")]),
    ...remedies(view),
  ];
  return [...factLines(facts, paint), "", ...serverTable(view, now, paint)];
}

/** The state on one line, for `swarmkeeper vault status` and `swarmkeeper status`. */
export function vaultFact({ servers, serving, active }: Pick<VaultView, "servers" | "serving" | "active">): Fact {
  const names = (state: VaultServer["state"]) =>
    servers.filter(server => server.state === state).map(({ name }) => name);
  const others = (["sealed", "uninitialised", "unreachable", "starting", "unknown"] as const).flatMap(state =>
    names(state).length > 0 ? [`${someOf(names(state))} ${state}`] : [],
  );
  const old = servers.filter(({ settings }) => settings === "old").length;
  const parts = [
    `${serving} of ${servers.length} serve`,
    active === undefined ? "none is active" : `active on ${active}`,
    ...others,
    ...(old > 0 ? [`${old} with old settings`] : []),
  ];
  return fact(
    "Vault",
    parts.join(" · "),
    serving === 0 ? "bad" : serving < servers.length || old > 0 ? "busy" : undefined,
  );
}

/** What an operator can do, on the node of the server. */
function remedies({ servers }: VaultView): Fact[] {
  const some = (state: VaultServer["state"]) => servers.some(server => server.state === state);
  const texts = [
    ...(servers.every(({ state }) => state === "uninitialised")
      ? ["on one of them, once for all managers: swarmkeeper vault init"]
      : []),
    ...(some("sealed") ? ["on each that is sealed: swarmkeeper vault unseal"] : []),
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
