// The fake of a host's firewall: the addresses that it blocks now.
import { type Firewall, FirewallError } from "../../../drivers/firewall/port.ts";

export class FakeFirewall implements Firewall {
  /** Whether the host has iptables. */
  present = true;
  #blocked: readonly string[] = [];

  async block(addresses: readonly string[]): Promise<void> {
    if (!this.present) throw new FirewallError("missing", "there is no iptables on this host");
    this.#blocked = [...new Set(addresses)].sort();
  }

  /** The blocked addresses, sorted. */
  blocked(): readonly string[] {
    return this.#blocked;
  }

  /** Rules are in the kernel and do not survive a reboot. */
  reboot(): void {
    this.#blocked = [];
  }
}
