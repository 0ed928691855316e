// The one thing that swarmkeeper asks of a host's firewall: that dialling a dead manager fails at once instead of after a
// time-out. Nobody depends on it: without it the swarm comes to the same, later.

export interface Firewall {
  /**
   * From now on outgoing connections to the swarm port (TCP 2377) of exactly these IPv4 addresses are refused with a
   * reset. Idempotent: reads the rules of ours that stand, adds what lacks, deletes what is too many and touches nothing
   * else. Rules outlive the caller, and not the machine. Throws FirewallError; what was done until then stands.
   * Calls are the caller's to put one after the other.
   */
  block(addresses: readonly string[]): Promise<void>;
}

export type FirewallErrorKind =
  | "missing" // this host has no iptables
  | "timeout"
  | "failed"; // iptables ran and refused: its own words are in the message

export class FirewallError extends Error {
  readonly kind: FirewallErrorKind;

  constructor(kind: FirewallErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "FirewallError";
    this.kind = kind;
  }
}
