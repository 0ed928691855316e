import { describe, expect, it } from "vitest";
import { AgentConfig } from "../crd-like-specs/agent-config.ts";
import { etcdSettings } from "./etcd.ts";

const config = (etcd: object = {}) =>
  AgentConfig.parse({
    role: "worker",
    prefix: "/blue",
    etcd: { bootstrap: { method: "static", members: ["10.0.0.1"] }, ...etcd },
  });

describe("which etcd a command talks to", () => {
  it("is the host's own, under its own prefix", () => {
    expect(etcdSettings({}, {}, undefined)).toEqual({ endpoints: ["http://127.0.0.1:2379"], prefix: "/swarmkeeper" });
    expect(etcdSettings({}, {}, config())).toEqual({ endpoints: ["http://127.0.0.1:2379"], prefix: "/blue" });
  });

  it("is what the environment says, and before that the options", () => {
    const env = { SWARMKEEPER_ENDPOINTS: "h1:2379, https://h2:2379/" };
    expect(etcdSettings({}, env, undefined).endpoints).toEqual(["http://h1:2379", "https://h2:2379"]);
    expect(etcdSettings({ endpoints: "h3:1", prefix: "/green/" }, env, config())).toEqual({
      endpoints: ["http://h3:1"],
      prefix: "/green",
    });
  });

  it.each([
    [{ endpoints: "h1:2379/v3" }, '"h1:2379/v3" is not an endpoint of etcd; use http://HOST:2379'],
    [{ endpoints: "http://:1" }, '"http://:1" is not an endpoint of etcd; use http://HOST:2379'],
    [{ endpoints: "," }, "--endpoints names no endpoint; use http://HOST:2379"],
    [{ prefix: "blue" }, '--prefix "blue" is not a prefix; use one such as /swarmkeeper'],
  ])("refuses %j", (options, message) => {
    expect(() => etcdSettings(options, {}, undefined)).toThrow(message);
  });

  it("takes an empty variable for none, and reads no certificate for plain http", () => {
    const files = { cert: "/nowhere/cert.pem", key: "/nowhere/key.pem", ca: "/nowhere/ca.pem" };
    const { endpoints } = etcdSettings({ endpoints: "http://h1:2379" }, {}, config({ clientTls: files }));
    expect(endpoints).toEqual(["http://h1:2379"]);
    expect(etcdSettings({}, { SWARMKEEPER_ENDPOINTS: "" }, undefined).endpoints).toEqual(["http://127.0.0.1:2379"]);
  });

  it("names a certificate that cannot be read", () => {
    const files = { cert: "/nowhere/cert.pem", key: "/nowhere/key.pem", ca: "/nowhere/ca.pem" };
    expect(() => etcdSettings({}, {}, config({ clientTls: files }))).toThrow(
      "cannot read /nowhere/ca.pem, which etcd asks for: no such file; run this as root",
    );
  });
});
