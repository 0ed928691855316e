// Whose Vault is changed now. A server that is restarted comes back sealed, and a person unseals it: standbys one by one,
// each seen to serve again before the next, the active one last. Taking all of them down goes the same way, and waits
// for no unsealing. Everything is told by assignments and statuses, so that the next leader goes on where this one was.
import type { Waiting } from "../../../crd-like-specs/resources/shapes.ts";
import { isServing, type VaultAssignment } from "../../../crd-like-specs/resources/vault.ts";
import type { ManagerLock } from "../../state/manager-lock.ts";
import type { Node } from "../../state/nodes.ts";
import type { Peer } from "../../state/vaults.ts";
import type { World } from "../../state/world.ts";
import { type Finding, refOf } from "../conditions.ts";
import { waitFor } from "../next.ts";

export interface NextPeers {
  readonly nodes: readonly Node[];
  /** Why nobody, where somebody is to be changed. */
  readonly waiting: readonly Waiting[];
  /** Of these, what only a person can end. */
  readonly findings: readonly Finding[];
}

const NONE: NextPeers = { nodes: [], waiting: [], findings: [] };
const nextPeersOf = (peers: readonly Peer[]): NextPeers => ({ ...NONE, nodes: peers.map(({ node }) => node) });
const waits = (what: string, reason: string, why: string): NextPeers => ({
  ...NONE,
  waiting: [waitFor(what, reason, why).waiting],
});

/** Those that are there and not as the spec asks, in the order in which they are changed. */
export function outdated(peers: readonly Peer[], target: VaultAssignment | undefined): Peer[] {
  const all = peers.filter(({ node, assigned }) => node.registration && assigned.hash !== target?.hash);
  return [...all.filter(({ state }) => state !== "active"), ...all.filter(({ state }) => state === "active")];
}

/** None while another holds the lock. */
export function nextPeersFor(
  world: World,
  peers: readonly Peer[],
  target: VaultAssignment | undefined,
  lock: ManagerLock | undefined,
): NextPeers {
  const left = outdated(peers, target);
  if (left.length === 0) return NONE;
  if (lock !== undefined) return waits("the change of Vault", "ManagersLocked", lock.reason);
  return target ? toChange(peers, target, left) : toTakeDown(world, left);
}

function toChange(peers: readonly Peer[], target: VaultAssignment, left: readonly Peer[]): NextPeers {
  if (left.some(({ assigned }) => assigned.storage !== target.storage)) return otherStorage(target, left);
  // Nobody is served by these, and other settings may be what they lack.
  const useless = left.filter(isUseless);
  if (useless.length > 0) return nextPeersOf(useless);
  const blocking = peers.filter(peer => !isServing(peer.state) || !peer.hasApplied);
  if (blocking.length > 0) return blocked(blocking);
  const actives = peers.filter(({ state }) => state === "active");
  if (actives.length !== 1)
    return waits(
      "the change of Vault",
      "NotOneActive",
      actives.length === 0 ? "none is active" : "two say that they are active",
    );
  return nextPeersOf(left.slice(0, 1));
}

/** Without data, or without ever coming up: told by itself or by systemd, never inferred from silence. */
const isUseless = ({ state, report }: Peer): boolean =>
  state === "uninitialised" || (state === "starting" && report?.problem !== undefined);

/** Another storage is another Vault, without anything in it: a standby that is moved there never comes back as one. */
function otherStorage({ storage }: VaultAssignment, [first]: readonly Peer[]): NextPeers {
  const why =
    `spec/vault/storage is ${storage} and Vault runs with ${first?.assigned.storage}: its data is not moved; ` +
    "set it back, or set spec/vault/enabled to false first";
  const finding: Finding = { type: "VaultStorageMismatch", reason: "DataNotMoved", message: `Vault: ${why}` };
  return { ...waits("the operator", "VaultStorageMismatch", why), findings: [finding] };
}

function blocked(peers: readonly Peer[]): NextPeers {
  const awaited = peers.map(peer => ({ peer, ...reasonFor(peer), since: peer.report?.since }));
  return {
    nodes: [],
    waiting: awaited.map(({ what, reason, why, since }) => ({
      what,
      reason,
      why,
      ...(since !== undefined && { since }),
    })),
    findings: awaited.flatMap(({ peer, what, reason, since, operator }): Finding[] =>
      operator
        ? [
            {
              ...{ type: "VaultChangeBlocked", subject: refOf(peer.node), reason },
              message: `Vault: its change waits for ${what} since ${since}`,
            },
          ]
        : [],
    ),
  };
}

function reasonFor(peer: Peer): Reason {
  const { name, state, report } = peer;
  if (report && !peer.hasApplied)
    return { what: name, reason: "VaultNotRestarted", why: "its Vault has not been restarted yet", operator: false };
  const then = "the next Vault is changed when all others serve";
  const problem = report?.problem;
  switch (state) {
    case "sealed":
      return { what: `unseal of ${name}`, reason: "Sealed", why: then, operator: true };
    case "uninitialised":
      return { what: `initialisation of ${name}`, reason: "Uninitialised", why: then, operator: true };
    case "unreachable":
      return { what: name, reason: "Unreachable", why: "its Vault runs and does not answer", operator: true };
    case "starting":
      return {
        what: name,
        reason: problem?.reason ?? "Starting",
        why: `its Vault is starting${problem ? `: ${problem.message}` : ""}`,
        operator: problem !== undefined,
      };
    default:
      return {
        what: name,
        reason: "NotReported",
        why: "it is not there, or says nothing of its Vault",
        operator: false,
      };
  }
}

interface Reason {
  readonly what: string;
  readonly reason: string;
  readonly why: string;
  /** Only an operator can end it. */
  readonly operator: boolean;
}

/** A standby can take over as long as there is one; the last to serve is the active one. */
function toTakeDown(world: World, left: readonly Peer[]): NextPeers {
  const standbys = left.filter(({ state }) => state !== "active");
  if (standbys.length > 0) return nextPeersOf(standbys);
  const stopping = world.nodes.find(isStopping);
  return stopping
    ? waits(stopping.name, "VaultStopping", "its Vault is stopped before the active one")
    : nextPeersOf(left);
}

/** Its Vault is not wanted there any more, and it has not said that it is gone. */
const isStopping = ({ registration, assignment, status }: Node): boolean =>
  registration !== undefined &&
  assignment !== undefined &&
  assignment.vault === undefined &&
  status !== undefined &&
  (status.vault !== undefined || status.generation !== assignment.generation);
