// What the agent relies on of a host's firewall, told by dialling: the real one and its twin are asked alike.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Firewall } from "../../../drivers/firewall/port.ts";

export type Dialled = "answered" | "refused";

export interface FirewallUnderTest {
  readonly firewall: Firewall;
  /** Two addresses at which something answers on every port, unless it is refused. */
  readonly addresses: readonly [string, string];
  /** One connection to this port. */
  dial(address: string, port: number): Promise<Dialled>;
  /** Rules in the firewall, ours and others'. */
  rules(): Promise<number>;
  close(): Promise<void>;
}

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

    it("lets everything through at first, and after nothing was asked for", async () => {
      expect(await dialled()).toEqual(["answered", "answered"]);
      await world.firewall.shun([]);
      expect(await dialled()).toEqual(["answered", "answered"]);
    });

    it("refuses the swarm port of an address, at once, and no other port of it", async () => {
      await world.firewall.shun([one]);
      const begun = performance.now();
      expect(await dialled()).toEqual(["refused", "answered"]);
      expect(performance.now() - begun).toBeLessThan(2_000);
      expect(await world.dial(one, 2379)).toBe("answered");
    });

    it("goes from one set to another, with one rule for each address however often it is asked", async () => {
      const before = await world.rules();
      await world.firewall.shun([one, one]);
      await world.firewall.shun([other]);
      expect(await dialled()).toEqual(["answered", "refused"]);
      expect(await world.rules()).toBe(before);
      await world.firewall.shun([one, other]);
      await world.firewall.shun([other, one]);
      expect(await dialled()).toEqual(["refused", "refused"]);
      expect(await world.rules()).toBe(before + 1);
    });

    it("is gone without a trace when nothing is to be refused any more", async () => {
      await world.firewall.shun([one]);
      const before = await world.rules();
      await world.firewall.shun([]);
      expect(await dialled()).toEqual(["answered", "answered"]);
      expect(await world.rules()).toBe(before - 1);
    });
  });
}
