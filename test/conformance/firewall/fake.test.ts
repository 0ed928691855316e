import { describe, expect, it } from "vitest";
import { FakeFirewall } from "../../fakes/firewall/firewall.ts";
import { firewallSuite } from "./suite.ts";

firewallSuite("the fake", async () => {
  const firewall = new FakeFirewall();
  return {
    firewall,
    addresses: ["10.0.0.1", "10.0.0.2"],
    dial: async (address, port) => (port === 2377 && firewall.blocked().includes(address) ? "refused" : "answered"),
    rules: async () => firewall.blocked().length,
    close: async () => {},
  };
});

describe("the fake firewall", () => {
  it("loses its rules at a reboot, and can be missing", async () => {
    const firewall = new FakeFirewall();
    await firewall.block(["10.0.0.1"]);
    firewall.reboot();
    expect(firewall.blocked()).toEqual([]);
    firewall.present = false;
    await expect(firewall.block([])).rejects.toMatchObject({ name: "FirewallError", kind: "missing" });
  });
});
