// The twin of a host's firewall: which addresses are refused now.
import { type Firewall, FirewallError } from "../../../drivers/firewall/port.ts";

export class MemoryFirewall implements Firewall {
  /** Whether the host has iptables at all. */
  present = true;
  #shunned: readonly string[] = [];

  async shun(addresses: readonly string[]): Promise<void> {
    if (!this.present) throw new FirewallError("missing", "there is no iptables on this host");
    this.#shunned = [...new Set(addresses)].sort();
  }

  /** The addresses refused, sorted. */
  shunned(): readonly string[] {
    return this.#shunned;
  }

  /** Rules are the kernel's, and do not outlive it. */
  reboot(): void {
    this.#shunned = [];
  }
}
