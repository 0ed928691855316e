// The next Vault peers to change. A restarted server is sealed until an operator unseals it. Therefore standbys change
// one by one, each must serve again before the next, and the active one comes last. Stopping all of them goes the same
// way without waiting for an unseal. All of it follows from assignments and statuses, so the next leader can continue.
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
  /** Why no peer changes, where one is outdated. */
  readonly waiting: readonly Waiting[];
  /** The waits that only an operator can end. */
  readonly findings: readonly Finding[];
}

const NONE: NextPeers = { nodes: [], waiting: [], findings: [] };
const nextPeersOf = (peers: readonly Peer[]): NextPeers => ({ ...NONE, nodes: peers.map(({ node }) => node) });
const waits = (what: string, reason: string, why: string): NextPeers => ({
  ...NONE,
  waiting: [waitFor(what, reason, why).waiting],
});

/** Registered peers without the settings of the spec, in the order in which they change. */
export function outdated(peers: readonly Peer[], target: VaultAssignment | undefined): Peer[] {
  const all = peers.filter(({ node, assigned }) => node.registration && assigned.hash !== target?.hash);
  return [...all.filter(({ state }) => state !== "active"), ...all.filter(({ state }) => state === "active")];
}

/** The peers to change in this round; none while another holds the lock. */
export function nextPeersFor(
  world: World,
  peers: readonly Peer[],
  target: VaultAssignment | undefined,
  lock: ManagerLock | undefined,
): NextPeers {
  const left = outdated(peers, target);
  if (left.length === 0) return NONE;
  if (lock !== undefined) return waits("the change of Vault", "ManagersLocked", lock.reason);
  return target ? toChange(peers, target, left) : toStop(world, left);
}

function toChange(peers: readonly Peer[], target: VaultAssignment, left: readonly Peer[]): NextPeers {
  if (left.some(({ assigned }) => assigned.storage !== target.storage)) return otherStorage(target, left);
  // These serve no client, and new settings may be what they need.
  const useless = left.filter(isUseless);
  if (useless.length > 0) return nextPeersOf(useless);
  const blocking = peers.filter(peer => !isServing(peer.state) || !peer.hasApplied || isUnreachable(peer.node));
  if (blocking.length > 0) return blocked(blocking);
  const actives = peers.filter(({ state }) => state === "active");
  if (actives.length !== 1)
    return waits(
      "the change of Vault",
      "NotOneActive",
      actives.length === 0 ? "none is active" : "two report that they are active",
    );
  return nextPeersOf(left.slice(0, 1));
}

/** Without data, or unable to start: as Vault or systemd reports it, never inferred from silence. */
const isUseless = ({ state, report }: Peer): boolean =>
  state === "uninitialised" || (state === "starting" && report?.problem !== undefined);

/** One of the rafts gets no answer from the node. Its last report may be outdated, although its lease has not expired. */
const isUnreachable = ({ member, swarm }: Node): boolean =>
  member?.healthy === false || swarm?.manager?.reachable === false;

/** Another storage is an empty Vault: a standby that moves there never becomes a standby again. */
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
  const then = "the next Vault changes when all others serve";
  const problem = report?.problem;
  // The peer serves with its settings by its report, so its node is unreachable.
  if (isServing(state))
    return {
      what: name,
      reason: "NodeUnreachable",
      why: "etcd or the swarm gets no answer from its node",
      operator: false,
    };
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
        why: "it is not registered, or does not report its Vault",
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

/** Standbys stop first, because one can take over while it runs; the active one stops last. */
function toStop(world: World, left: readonly Peer[]): NextPeers {
  const standbys = left.filter(({ state }) => state !== "active");
  if (standbys.length > 0) return nextPeersOf(standbys);
  const stopping = world.nodes.find(isStopping);
  return stopping
    ? waits(stopping.name, "VaultStopping", "its Vault is stopped before the active one")
    : nextPeersOf(left);
}

/** Its assignment has no Vault any more, and its agent has not reported the Vault as stopped. */
const isStopping = ({ registration, assignment, status }: Node): boolean =>
  registration !== undefined &&
  assignment !== undefined &&
  assignment.vault === undefined &&
  status !== undefined &&
  (status.vault !== undefined || status.generation !== assignment.generation);
