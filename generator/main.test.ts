import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type GenerateOptions, generate } from "./main.ts";

const SHA = "5f389964cd93dd9e348571a8437424ee1ad25a94e0eab61bf1c0122644e3e93f";
const PARAMS = `dialect: cloud-init
etcd-members: [10.0.0.11]
release-url: https://releases.swarm.internal/swarmkeeper.tar.gz
release-sha256: ${SHA}
`;

let folder: string;
let paramsPath: string;
let outDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swarmkeeper-generate-"));
  paramsPath = join(folder, "params.yml");
  outDir = join(folder, "out");
});
afterEach(() => rmSync(folder, { recursive: true }));

function generateFrom(params: string, options: Partial<GenerateOptions> = {}) {
  writeFileSync(paramsPath, params);
  return generate({ paramsPath, outDir, ...options });
}

const userData = (role: string) => readFileSync(join(outDir, `${role}.yml`), "utf8");

describe("generate writes", () => {
  test("both files, readable only by their owner, and nothing else", () => {
    const { files, notes } = generateFrom(PARAMS);
    expect(readdirSync(outDir)).toEqual(["manager.yml", "worker.yml"]);
    for (const { path, bytes } of files) {
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(path).size).toBe(bytes);
    }
    expect(notes).toEqual([]);
  });

  test("the files again with mode 0600, over files with mode 0644", () => {
    generateFrom(PARAMS);
    const first = userData("manager");
    chmodSync(join(outDir, "manager.yml"), 0o644);
    generateFrom(PARAMS);
    expect(userData("manager")).toBe(first);
    expect(statSync(join(outDir, "manager.yml")).mode & 0o777).toBe(0o600);
  });

  test("the release of the command line instead of that in the params file", () => {
    const other = SHA.replaceAll("5", "6");
    generateFrom(PARAMS, { releaseUrl: "https://mirror.swarm.internal/s.tar.gz", releaseSha256: other });
    expect(userData("worker")).toContain(
      `SWARMKEEPER_RELEASE_URL=https://mirror.swarm.internal/s.tar.gz\n    SWARMKEEPER_RELEASE_SHA256=${other}\n`,
    );
  });

  test("the same files for any node-role", () => {
    generateFrom(PARAMS);
    const both = [userData("manager"), userData("worker")];
    generateFrom(`${PARAMS}node-role: worker\n`);
    expect([userData("manager"), userData("worker")]).toEqual(both);
  });

  test("a discovery URL from coreos-cluster-token, with a note about the public service", () => {
    const base = PARAMS.replace(/etcd-members.*\n/, "");
    generateFrom(`${base}coreos-cluster-token: http://10.0.0.1:2381/swarm\n`);
    expect(userData("worker")).toContain("url: http://10.0.0.1:2381/swarm\n");
    const { notes } = generateFrom(`${base}coreos-cluster-token: 3c105a68\n`);
    expect(notes.join()).toContain("deprecated");
  });

  test("a note about user-data that is too large for some clouds", () => {
    const keys = Array.from({ length: 80 }, (_, i) => `  - ssh-ed25519 ${"A".repeat(200)} user-${i}\n`).join("");
    expect(generateFrom(`${PARAMS}ssh-authorized-keys:\n${keys}`).notes.join()).toContain("16384");
  });
});

describe("generate", () => {
  const pem = (what: string) => `-----BEGIN ${what}-----\nnot a real one\n-----END ${what}-----\n`;
  const withTls = `${PARAMS}etcd-client-cert: tls/cert.pem\netcd-client-key: tls/key.pem\netcd-client-ca: /etc/ssl/ca.pem\n`;

  test("copies certificates next to the params file into the user-data, and refers to those on the node by path", () => {
    mkdirSync(join(folder, "tls"));
    writeFileSync(join(folder, "tls/cert.pem"), pem("CERTIFICATE"));
    writeFileSync(join(folder, "tls/key.pem"), pem("EC PRIVATE KEY"));
    generateFrom(withTls);
    const { write_files }: { write_files: { path: string; permissions: string; content: string }[] } = parse(
      userData("manager"),
    );
    const at = (path: string) => write_files.find(file => file.path === path);
    expect(at("/etc/swarmkeeper/tls/etcd-client-cert.pem")?.content).toBe(pem("CERTIFICATE"));
    expect(at("/etc/swarmkeeper/tls/etcd-client-key.pem")?.permissions).toBe("0600");
    expect(parse(at("/etc/swarmkeeper/agent.yml")?.content ?? "").etcd.clientTls).toEqual({
      cert: "/etc/swarmkeeper/tls/etcd-client-cert.pem",
      key: "/etc/swarmkeeper/tls/etcd-client-key.pem",
      ca: "/etc/ssl/ca.pem",
    });
  });

  test("rejects a certificate in place of a private key", () => {
    mkdirSync(join(folder, "tls"));
    writeFileSync(join(folder, "tls/cert.pem"), pem("CERTIFICATE"));
    writeFileSync(join(folder, "tls/key.pem"), pem("CERTIFICATE"));
    expect(() => generateFrom(withTls)).toThrow(
      /params\.yml:6:18 {2}etcd-client-key: tls\/key\.pem contains no private key/,
    );
  });
});

describe("generate writes nothing", () => {
  test("without a params file", () => {
    expect(() => generate({ paramsPath, outDir })).toThrow(
      `${paramsPath}  cannot be read: no such file or folder\nnothing was written`,
    );
  });

  test("where the folder is a file", () => {
    writeFileSync(outDir, "");
    expect(() => generateFrom(PARAMS)).toThrow(
      /out {2}cannot be written: expected a folder, found a file\nnothing was/,
    );
  });

  test("if the second file cannot be replaced, and restores the first", () => {
    mkdirSync(join(outDir, "worker.yml"), { recursive: true });
    writeFileSync(join(outDir, "manager.yml"), "as it was\n");
    expect(() => generateFrom(PARAMS)).toThrow(/cannot be written: expected a file, found a folder/);
    expect(userData("manager")).toBe("as it was\n");
    expect(readdirSync(outDir)).toEqual(["manager.yml", "worker.yml"]);
  });

  test.each([
    `slack-webhok-url: https://hooks.slack.com/services/the-secret\n`,
    `slack-webhook-url:\n  - https://hooks.slack.com/services/the-secret\n`,
    `slack-webhook-url: "https://hooks.slack.com/services/the-secret" x\n`,
    `slack-webhook-url: https://hooks.slack.com/services/the-secret\nslack-webhook-url: https://x.example.com/the-secret\n`,
    `slack-webhook-url: [https://hooks.slack.com/services/the-secret\n`,
    `slack-webhook-url: >\n  hooks.slack.com/services/the-secret\n`,
    `slack-webhook-url:\n  - https://x.example.com/the-secret\n`,
    `slack-webhook-url:\n  url: https://x.example.com/the-secret\n`,
    `slack-webhook-url:\n  x.example.com/the-secret\n`,
    `slack-webhook-url:\n  "x.example.com/the-secret\n`,
  ])("and shows no secret for %j", lines => {
    let message = "";
    try {
      generateFrom(PARAMS + lines);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain("nothing was written");
    expect(message).not.toContain("the-secret");
  });

  test("for an invalid release on the command line", () => {
    expect(() => generateFrom(PARAMS, { releaseSha256: "latest" })).toThrow(
      /--release-sha256: "latest" is not a SHA-256 in 64 hex digits/,
    );
  });
});
