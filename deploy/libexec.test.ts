import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const script = join(import.meta.dirname, "libexec/etcd");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swarmkeeper-libexec-"));
  // Replaces docker and etcd: records its name, its arguments and its environment.
  for (const name of ["docker", "my-etcd"]) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >>"${folder}/calls"\nenv >"${folder}/env"\n`);
    chmodSync(join(folder, name), 0o755);
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

function etcd(mode: string, env: Record<string, string>): Promise<{ code: number; stderr: string; calls: string[] }> {
  return new Promise(resolve =>
    execFile(script, [mode], { env: { PATH: `${folder}:/usr/bin:/bin`, ...env } }, (error, _, stderr) => {
      const code = typeof error?.code === "number" ? error.code : 0;
      const calls = code === 0 ? readFileSync(join(folder, "calls"), "utf8").trim().split("\n") : [];
      resolve({ code, stderr, calls });
    }),
  );
}

describe("libexec/etcd with the node's own binary", () => {
  test("a member gets its settings from the environment and no arguments", async () => {
    const env = { SWARMKEEPER_ETCD_BINARY: join(folder, "my-etcd"), SWARMKEEPER_ETCD_DATA: folder, ETCD_NAME: "h1" };
    expect((await etcd("member", env)).calls).toEqual(["my-etcd"]);
    expect(readFileSync(join(folder, "env"), "utf8")).toContain("ETCD_NAME=h1\n");
  });

  test("a proxy forwards to all endpoints", async () => {
    const env = {
      SWARMKEEPER_ETCD_BINARY: join(folder, "my-etcd"),
      SWARMKEEPER_ETCD_ENDPOINTS: "10.0.0.1:2379,10.0.0.2:2379",
    };
    expect((await etcd("proxy", env)).calls).toEqual([
      "my-etcd gateway start --listen-addr=127.0.0.1:2379 --endpoints=10.0.0.1:2379,10.0.0.2:2379 --retry-delay=10s",
    ]);
  });
});

describe("libexec/etcd with an image", () => {
  const env = { SWARMKEEPER_ETCD_IMAGE: "registry.example.com/etcd:v3" };

  test("a member gets its data, the folders of its certificates, and its variables by name only", async () => {
    const data = join(folder, "data");
    const { calls } = await etcd("member", {
      ...env,
      SWARMKEEPER_ETCD_DATA: data,
      ETCD_NAME: "h1",
      ETCD_CERT_FILE: "/etc/ssl/etcd/client.pem",
      ETCD_KEY_FILE: "/etc/ssl/etcd/client-key.pem",
      ETCD_PEER_CERT_FILE: "/etc/ssl/peer/peer.pem",
    });
    const [remove, run = ""] = calls;
    expect(remove).toBe("docker rm --force swarmkeeper-etcd");
    expect(run).toMatch(/^docker run --rm --name swarmkeeper-etcd --network host --user 0:0 --entrypoint etcd /);
    expect(run).toMatch(/ registry\.example\.com\/etcd:v3$/);
    expect(run).toContain(` --volume ${data}:${data} `);
    expect(run).toContain(" --env ETCD_NAME ");
    expect(run.match(/--volume \/etc\/ssl\/\S+/g)).toEqual([
      "--volume /etc/ssl/peer:/etc/ssl/peer:ro",
      "--volume /etc/ssl/etcd:/etc/ssl/etcd:ro",
    ]);
    expect(run).not.toContain("h1");
  });

  test("a proxy gets no folder of the node", async () => {
    const { calls } = await etcd("proxy", { ...env, SWARMKEEPER_ETCD_ENDPOINTS: "10.0.0.1:2379" });
    expect(calls.at(-1)).toMatch(/--entrypoint etcd registry\.example\.com\/etcd:v3 gateway start /);
    expect(calls.at(-1)).not.toContain("--volume");
  });

  test("clean removes the container", async () => {
    expect((await etcd("clean", env)).calls).toEqual(["docker rm --force swarmkeeper-etcd"]);
  });
});

test("libexec/etcd names a missing variable", async () => {
  expect((await etcd("proxy", {})).stderr).toContain("endpoints: is not set");
  expect((await etcd("member", {})).stderr).toContain("SWARMKEEPER_ETCD_DATA: is not set");
  expect((await etcd("member", { SWARMKEEPER_ETCD_DATA: folder })).stderr).toContain(
    "SWARMKEEPER_ETCD_IMAGE: is not set, nor is SWARMKEEPER_ETCD_BINARY",
  );
  expect((await etcd("voter", {})).stderr).toContain("usage: etcd member|proxy|clean");
});
