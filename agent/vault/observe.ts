// How the Vault of this host is: what it answers itself, and where it does not, what systemd tells of its unit.
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import { type VaultReport, vaultUrl } from "../../crd-like-specs/resources/vault.ts";
import { VAULT_UNIT } from "../../crd-like-specs/units/unit-name.ts";
import type { UnitState } from "../../drivers/systemd/port.ts";
import { VaultError, type VaultHealth } from "../../drivers/vault/port.ts";
import type { ConnectedAgent } from "../context.ts";
import { etcdUnitProblem } from "../host/etcd-units.ts";
import type { UnitNote } from "../host/state.ts";
import { isDown } from "../host/systemd-units.ts";
import { unitProblem } from "../host/unit-health.ts";

/** An image may have to be fetched first. One that has answered in this run has come up, and is waited for no longer. */
const COMING_MS = 5 * 60_000;

export interface VaultAnswers {
  /** Undefined where nothing answers, or what answers may be the one that is being stopped. */
  readonly answer: VaultHealth | undefined;
  /** Undefined where systemd need not, or could not, be asked. */
  readonly unit: UnitState | undefined;
  /** When it last answered, as `now`. */
  readonly answeredAt: number | undefined;
  /** Wall time, as systemd's. */
  readonly now: number;
}

/** Pure: not a word of it is a guess. Unreachable is not sealed, and what is coming up is neither. */
export function vaultState({ answer, unit, answeredAt, now }: VaultAnswers): Pick<VaultReport, "state" | "problem"> {
  if (answer) return { state: answer.state };
  if (!unit) return { state: "unreachable" };
  const problem =
    etcdUnitProblem(unit, now) ?? (isDown(unit.active) ? unitProblem({ state: unit, ran: "yes", now }) : undefined);
  if (problem !== undefined) return { state: "starting", problem: problem };
  if (unit.active !== "active") return { state: "starting" };
  const { since = now } = unit;
  const cameUp = answeredAt !== undefined && answeredAt >= since;
  return { state: !cameUp && now - since < COMING_MS ? "starting" : "unreachable" };
}

export interface VaultObservation {
  /** Undefined where this host runs no Vault. */
  readonly report: VaultReport | undefined;
  readonly answeredAt: number | undefined;
}

/** One look; never rejects for a sick world. */
export async function observeVault(agent: ConnectedAgent, before: VaultObservation): Promise<VaultObservation> {
  const { systemd, store, self, clock, vaultHealth } = agent;
  const { assignment, started } = store.state();
  const note = started[VAULT_UNIT];
  const url = urlOf(self.address, assignment) ?? before.report?.url;
  if (url === undefined || (note === undefined && assignment?.vault === undefined))
    return { report: undefined, answeredAt: undefined };
  const health = note === undefined || note.phase !== undefined ? undefined : await vaultHealth(url).catch(unknown);
  // Restarted while it was asked: the answer was another's.
  const answer = store.state().started[VAULT_UNIT] === note ? health : undefined;
  const [unit] = answer ? [] : await systemd.show([VAULT_UNIT]).catch(() => []);
  const now = clock.now();
  const answeredAt = answer ? now : before.answeredAt;
  return { report: reported({ answer, unit, answeredAt, now }, note, url, before.report), answeredAt };
}

const urlOf = (address: string, assignment: Assignment | undefined): string | undefined =>
  assignment?.vault && vaultUrl(address, assignment.vault.port);

function unknown(error: unknown): undefined {
  if (!(error instanceof VaultError)) throw error;
}

function reported(
  seen: VaultAnswers,
  note: UnitNote | undefined,
  url: string,
  before: VaultReport | undefined,
): VaultReport {
  const found = vaultState(seen);
  return {
    ...found,
    since: before?.state === found.state ? before.since : new Date(seen.now).toISOString(),
    url,
    ...(seen.answer && { version: seen.answer.version }),
    ...(note?.settings !== undefined && { settings: note.settings }),
  };
}
