// Conformance suite of the firewall port, for iptables and for the fake: observes the rules by dialling.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Firewall } from "../../../drivers/firewall/port.ts";

export type Dialled = "answered" | "refused";

export interface FirewallUnderTest {
  readonly firewall: Firewall;
  /** Two addresses that answer on every port, unless the firewall rejects the connection. */
  readonly addresses: readonly [string, string];
  /** Opens one connection to this port. */
  dial(address: string, port: number): Promise<Dialled>;
  /** The number of rules in the firewall, including those of others. */
  rules(): Promise<number>;
  close(): Promise<void>;
}

/** Registers the suite for one firewall. */
export function firewallSuite(title: string, begin: () => Promise<FirewallUnderTest>): void {
  describe(`firewall: ${title}`, () => {
    let world: FirewallUnderTest;
    let one: string;
    let other: string;

    beforeAll(async () => {
      world = await begin();
      [one, other] = world.addresses;
    });
    afterAll(() => world?.close());

    const dialled = () => Promise.all([world.dial(one, 2377), world.dial(other, 2377)]);

    it("accepts all connections at first, and with an empty set of blocked addresses", async () => {
      expect(await dialled()).toEqual(["answered", "answered"]);
      await world.firewall.block([]);
      expect(await dialled()).toEqual(["answered", "answered"]);
    });

    it("refuses connections to the swarm port of a blocked address immediately, and to no other port", async () => {
      await world.firewall.block([one]);
      const begun = performance.now();
      expect(await dialled()).toEqual(["refused", "answered"]);
      expect(performance.now() - begun).toBeLessThan(2_000);
      expect(await world.dial(one, 2379)).toBe("answered");
    });

    it("changes the set of blocked addresses, with one rule per address", async () => {
      const before = await world.rules();
      await world.firewall.block([one, one]);
      await world.firewall.block([other]);
      expect(await dialled()).toEqual(["answered", "refused"]);
      expect(await world.rules()).toBe(before);
      await world.firewall.block([one, other]);
      await world.firewall.block([other, one]);
      expect(await dialled()).toEqual(["refused", "refused"]);
      expect(await world.rules()).toBe(before + 1);
    });

    it("removes all its rules when no address is blocked", async () => {
      await world.firewall.block([one]);
      const before = await world.rules();
      await world.firewall.block([]);
      expect(await dialled()).toEqual(["answered", "answered"]);
      expect(await world.rules()).toBe(before - 1);
    });
  });
}
