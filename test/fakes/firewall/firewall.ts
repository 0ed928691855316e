// The twin of a host's firewall: which addresses are refused now.
import { type Firewall, FirewallError } from "../../../drivers/firewall/port.ts";

export class FakeFirewall implements Firewall {
  /** Whether the host has iptables at all. */
  present = true;
  #blocked: readonly string[] = [];

  async block(addresses: readonly string[]): Promise<void> {
    if (!this.present) throw new FirewallError("missing", "there is no iptables on this host");
    this.#blocked = [...new Set(addresses)].sort();
  }

  /** The addresses refused, sorted. */
  blocked(): readonly string[] {
    return this.#blocked;
  }

  /** Rules are the kernel's, and do not outlive it. */
  reboot(): void {
    this.#blocked = [];
  }
}
