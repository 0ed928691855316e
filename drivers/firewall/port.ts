// What swarmkeeper needs of a host's firewall: a connection to a dead manager fails immediately instead of after a
// time-out. Nothing depends on it: without it the swarm reaches the same state, later.

export interface Firewall {
  /**
   * Resets outgoing connections to the swarm port (TCP 2377) of exactly these IPv4 addresses. Idempotent: reads
   * swarmkeeper's own rules, adds and deletes those that differ, and touches no other rule. Rules survive the process
   * and disappear at a reboot. Rejects with FirewallError; the rules changed before it stay changed. The caller must
   * not run two calls at the same time.
   */
  block(addresses: readonly string[]): Promise<void>;
}

export type FirewallErrorKind =
  | "missing" // this host has no iptables
  | "timeout"
  | "failed"; // iptables reported an error, which the message contains

/** Every failure of this driver. */
export class FirewallError extends Error {
  readonly kind: FirewallErrorKind;

  constructor(kind: FirewallErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "FirewallError";
    this.kind = kind;
  }
}
