import { describe, expect, it } from "vitest";
import { chooseSubnet, hostAddress, serverAddress } from "./network.ts";

describe("chooseSubnet", () => {
  it("reserves the first subnet for the lab main and gives other labs the next free one", () => {
    expect(chooseSubnet("main", [])).toBe("10.89.0.0/24");
    expect(chooseSubnet("other", [])).toBe("10.89.1.0/24");
    expect(chooseSubnet("third", ["10.89.1.0/24"])).toBe("10.89.2.0/24");
  });

  it("skips subnets that contain a taken one or lie in it", () => {
    expect(chooseSubnet("main", ["10.89.0.64/26", "172.17.0.0/16"])).toBe("10.89.1.0/24");
    expect(chooseSubnet("main", ["10.89.0.0/17"])).toBe("10.89.128.0/24");
  });

  it("returns no subnet if the whole range is taken", () => {
    expect(chooseSubnet("main", ["10.0.0.0/8"])).toBeUndefined();
    expect(chooseSubnet("main", ["0.0.0.0/0"])).toBeUndefined();
  });

  it("ignores IPv6 addresses", () => {
    expect(chooseSubnet("main", ["fe80::1/64"])).toBe("10.89.0.0/24");
  });
});

describe("the addresses of a lab", () => {
  const network = { name: "swarmkeeper-main", subnet: "10.89.7.0/24" };

  it("follow from the number of the lab host", () => {
    expect(serverAddress(network)).toBe("10.89.7.2");
    expect(hostAddress(network, 1)).toBe("10.89.7.11");
    expect(hostAddress(network, 200)).toBe("10.89.7.210");
  });

  it("are rejected for numbers beyond the network", () => {
    expect(() => hostAddress(network, 201)).toThrow("at most 200 hosts");
  });
});
