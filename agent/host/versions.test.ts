import { describe, expect, it } from "vitest";
import { FakeHost } from "../../test/fakes/host/host.ts";
import { etcdVersion, versionProblem } from "./versions.ts";

describe("versions", () => {
  it.each([
    ["docker", "20.10.24+dfsg1"],
    ["docker", "26.1.5+dfsg1"],
    ["docker", "dev"],
    ["etcd", "3.4.23"],
    ["etcd", "3.7.3"],
    ["etcd", "unknown"],
  ] as const)("lets %s %s pass", (what, version) => {
    expect(versionProblem(what, version)).toBeUndefined();
  });
  it.each([
    ["docker", "19.03.15", "docker 19.03.15 is too old: 20.10 or newer is needed"],
    ["docker", "20.9.9", "docker 20.9.9 is too old: 20.10 or newer is needed"],
    ["etcd", "3.3.25", "etcd 3.3.25 is too old: 3.4 or newer is needed"],
    ["etcd", "2.3.8", "etcd 2.3.8 is too old: 3.4 or newer is needed"],
  ] as const)("refuses %s %s", (what, version, problem) => {
    expect(versionProblem(what, version)).toBe(problem);
  });
});

describe("the etcd of a host", () => {
  const versions = new Map([
    ["/usr/bin/etcd", "etcd Version: 3.5.16"],
    ["/usr/bin/other", "hello"],
  ]);
  const host = new FakeHost({ versions });
  it("tells its version", async () => {
    expect(await etcdVersion(host, { with: "binary", path: "/usr/bin/etcd" })).toEqual({ version: "3.5.16" });
    const image = "gcr.io:443/etcd:v3.6.1";
    expect(await etcdVersion(host, { with: "image", image })).toEqual({ version: "3.6.1" });
    expect(await etcdVersion(host, { with: "image", image: "etcd@sha256:12" })).toEqual({ version: "unknown" });
  });
  it("is missed, or not understood, by name", async () => {
    expect(await etcdVersion(host, { with: "binary", path: "/opt/etcd" })).toMatchObject({
      problem: expect.stringContaining("/opt/etcd does not exist"),
    });
    expect(await etcdVersion(host, { with: "binary", path: "/usr/bin/other" })).toMatchObject({
      problem: expect.stringContaining('says "hello"'),
    });
  });
});
