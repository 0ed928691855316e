// The state of this node's Vault: from its own answer, or, without one, from systemd's state of its unit.
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

/**
 * A Vault that starts may pull its image first, so that it counts as starting for this time. Once it has answered in
 * this run, it does not count as starting any more.
 */
const START_MS = 5 * 60_000;

export interface VaultAnswers {
  /** Undefined if there is no answer, or if the answer may be of a Vault that is being stopped. */
  readonly answer: VaultHealth | undefined;
  /** Undefined if systemd was not asked or did not answer. */
  readonly unit: UnitState | undefined;
  /** The time of the last answer, in the unit of `now`. */
  readonly answeredAt: number | undefined;
  /** Wall time in milliseconds since 1970, as systemd's. */
  readonly now: number;
}

/** Pure, and without guesses: `unreachable` is not `sealed`, and `starting` is neither. */
export function vaultState({ answer, unit, answeredAt, now }: VaultAnswers): Pick<VaultReport, "state" | "problem"> {
  if (answer) return { state: answer.state };
  if (!unit) return { state: "unreachable" };
  const problem =
    etcdUnitProblem(unit, now) ?? (isDown(unit.active) ? unitProblem({ state: unit, ran: "yes", now }) : undefined);
  if (problem !== undefined) return { state: "starting", problem: problem };
  if (unit.active !== "active") return { state: "starting" };
  const { since = now } = unit;
  const cameUp = answeredAt !== undefined && answeredAt >= since;
  return { state: !cameUp && now - since < START_MS ? "starting" : "unreachable" };
}

export interface VaultObservation {
  /** Undefined if this node runs no Vault. */
  readonly report: VaultReport | undefined;
  readonly answeredAt: number | undefined;
}

/** Observes once. Never rejects for an external failure. */
export async function observeVault(agent: ConnectedAgent, before: VaultObservation): Promise<VaultObservation> {
  const { host, systemd, store, self, clock, vaultHealth } = agent;
  const { assignment, started } = store.state();
  const note = started[VAULT_UNIT];
  const url = urlOf(self.address, assignment) ?? before.report?.url;
  if (url === undefined || (note === undefined && assignment?.vault === undefined))
    return { report: undefined, answeredAt: undefined };
  const health = note === undefined || note.phase !== undefined ? undefined : await vaultHealth(url).catch(unknown);
  // The note changes with a restart. After one, the answer may be of the former Vault.
  const answer = store.state().started[VAULT_UNIT] === note ? health : undefined;
  const [unit] = answer ? [] : await systemd.show([VAULT_UNIT]).catch(() => []);
  const now = clock.now();
  const answeredAt = answer ? now : before.answeredAt;
  const report = reported({ answer, unit, answeredAt, now }, note, url, before.report);
  return { report: { ...report, bootId: await host.bootId() }, answeredAt };
}

const urlOf = (address: string, assignment: Assignment | undefined): string | undefined =>
  assignment?.vault && vaultUrl(address, assignment.vault.port);

function unknown(error: unknown): undefined {
  if (!(error instanceof VaultError)) throw error;
}

function reported(
  answers: VaultAnswers,
  note: UnitNote | undefined,
  url: string,
  before: VaultReport | undefined,
): VaultReport {
  const found = vaultState(answers);
  return {
    ...found,
    since: before?.state === found.state ? before.since : new Date(answers.now).toISOString(),
    url,
    ...(answers.answer && { version: answers.answer.version }),
    ...(note?.settings !== undefined && { settings: note.settings }),
  };
}
