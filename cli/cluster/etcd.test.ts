import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AgentConfig } from "../../crd-like-specs/agent-config.ts";
import { etcdSettings } from "./etcd.ts";

const config = (etcd: object = {}) =>
  AgentConfig.parse({
    role: "worker",
    prefix: "/blue",
    etcd: { bootstrap: { method: "static", members: ["10.0.0.1"] }, ...etcd },
  });

describe("the etcd of a command", () => {
  it("is the node's own, under the prefix of its configuration", () => {
    expect(etcdSettings({}, {}, undefined)).toEqual({ endpoints: ["http://127.0.0.1:2379"], prefix: "/swarmkeeper" });
    expect(etcdSettings({}, {}, config())).toEqual({ endpoints: ["http://127.0.0.1:2379"], prefix: "/blue" });
  });

  it("comes from the options, else from the environment", () => {
    const env = { SWARMKEEPER_ENDPOINTS: "h1:2379, https://h2:2379/" };
    expect(etcdSettings({}, env, undefined).endpoints).toEqual(["http://h1:2379", "https://h2:2379"]);
    expect(etcdSettings({ endpoints: "h3:1", prefix: "/green/" }, env, config())).toEqual({
      endpoints: ["http://h3:1"],
      prefix: "/green",
    });
  });

  it.each([
    [{ endpoints: "h1:2379/v3" }, '"h1:2379/v3" is not an endpoint of etcd; use http://NODE:2379'],
    [{ endpoints: "http://:1" }, '"http://:1" is not an endpoint of etcd; use http://NODE:2379'],
    [{ endpoints: "," }, "--endpoints names no endpoint; use http://NODE:2379"],
    [{ prefix: "blue" }, '--prefix "blue" is not a prefix; use one such as /swarmkeeper'],
  ])("is rejected for %j", (options, message) => {
    expect(() => etcdSettings(options, {}, undefined)).toThrow(message);
  });

  it("ignores an empty variable, and reads no certificate for plain http", () => {
    const files = { cert: "/nowhere/cert.pem", key: "/nowhere/key.pem", ca: "/nowhere/ca.pem" };
    const { endpoints } = etcdSettings({ endpoints: "http://h1:2379" }, {}, config({ clientTls: files }));
    expect(endpoints).toEqual(["http://h1:2379"]);
    expect(etcdSettings({}, { SWARMKEEPER_ENDPOINTS: "" }, undefined).endpoints).toEqual(["http://127.0.0.1:2379"]);
  });

  it("rejects a certificate of the node that cannot be read, and names its file", () => {
    const files = { cert: "/nowhere/cert.pem", key: "/nowhere/key.pem", ca: "/nowhere/ca.pem" };
    expect(() => etcdSettings({}, {}, config({ clientTls: files }))).toThrow(
      "cannot read /nowhere/ca.pem, which etcd requires: no such file; run this as root",
    );
  });

  it("gets the certificates of the options, else of the environment, on any machine", () => {
    const folder = mkdtempSync(join(tmpdir(), "swarmkeeper-cli-tls-"));
    try {
      const path = (name: string) => join(folder, name);
      for (const name of ["ca", "cert", "key"]) writeFileSync(path(name), `the ${name}`);
      const tls = { ca: "the ca", cert: "the cert", key: "the key" };
      const options = { endpoints: "h1:2379", cacert: path("ca"), cert: path("cert"), key: path("key") };
      expect(etcdSettings(options, {}, undefined)).toMatchObject({ endpoints: ["https://h1:2379"], tls });
      const env = { SWARMKEEPER_CACERT: path("ca"), SWARMKEEPER_CERT: path("cert"), SWARMKEEPER_KEY: path("key") };
      expect(etcdSettings({}, env, config())).toMatchObject({ endpoints: ["https://127.0.0.1:2379"], tls });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("rejects certificate options that are incomplete or cannot be read, and names them", () => {
    const two = { cert: "/nowhere/cert.pem", key: "/nowhere/key.pem" };
    expect(() => etcdSettings(two, {}, undefined)).toThrow(
      "etcd's certificates must be set together: --cacert is missing",
    );
    expect(() => etcdSettings({ ...two, cacert: "/nowhere/ca.pem" }, {}, undefined)).toThrow(
      /^cannot read \/nowhere\/ca\.pem, which etcd requires: no such file$/,
    );
  });
});
