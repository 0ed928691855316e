// Tests of the summary of the generated files.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generate } from "./main.ts";

const RELEASE = `release-url: https://releases.swarm.internal/s.tar.gz
release-sha256: 5f389964cd93dd9e348571a8437424ee1ad25a94e0eab61bf1c0122644e3e93f
`;
const WORKERS = "all other nodes, including nodes added later";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swarmkeeper-summary-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function generateFrom(params: string) {
  const paramsPath = join(folder, "params.yml");
  writeFileSync(paramsPath, params);
  return generate({ paramsPath, outDir: join(folder, "out") });
}

test.each([
  ["etcd-members: [10.0.0.11, 10.0.0.12, 10.0.0.13]", "the first managers: 10.0.0.11, 10.0.0.12, 10.0.0.13"],
  ["etcd-discovery-srv: swarm.internal", "the first managers: the nodes in the SRV records of swarm.internal"],
  ["coreos-cluster-token: 3c105a68", "the first managers: as many nodes as the size of the discovery token"],
  ["etcd-join: [10.0.0.11]", "the first manager: one node"],
])("with %s manager.yml is for %s", (bootstrap, nodes) => {
  const { files } = generateFrom(`${bootstrap}\n${RELEASE}`);
  expect(files.map(file => file.nodes)).toEqual([nodes, WORKERS]);
});

test("both files contain the secrets of the params, and the summary names them without their values", () => {
  const key = "-----BEGIN EC PRIVATE KEY-----\nnot a real one\n-----END EC PRIVATE KEY-----\n";
  writeFileSync(join(folder, "key.pem"), key);
  writeFileSync(join(folder, "cert.pem"), "-----BEGIN CERTIFICATE-----\n");
  const tls = (whose: string) =>
    `etcd-${whose}-cert: cert.pem\netcd-${whose}-key: key.pem\netcd-${whose}-ca: /etc/ssl/ca.pem\n`;
  const { files } = generateFrom(
    `etcd-discovery-url: http://10.0.0.2:2381/the-secret-token\nslack-webhook-url: https://hooks.slack.com/the-secret\n${
      tls("client") + tls("peer")
    }${RELEASE.replace("s.tar.gz", "s.tar.gz?signature=the-secret")}`,
  );
  for (const { path, secrets, nodes } of files) {
    expect(secrets).toEqual([
      "the Slack webhook URL",
      "the private key of etcd's clients",
      "the private key of etcd's peers",
      "the discovery token",
      "the credentials in release-url",
    ]);
    expect(nodes).not.toContain("the-secret");
    const text = readFileSync(path, "utf8");
    for (const secret of ["hooks.slack.com/the-secret", "EC PRIVATE KEY", "the-secret-token", "signature=the-secret"])
      expect(text).toContain(secret);
  }
});

test("the summary names no secret if the certificates are on the node", () => {
  const paths = ["cert", "key", "ca"].map(part => `etcd-peer-${part}: /etc/ssl/etcd/${part}.pem\n`).join("");
  const { files } = generateFrom(`etcd-members: [10.0.0.11]\n${paths}${RELEASE}`);
  expect(files.map(({ secrets }) => secrets)).toEqual([[], []]);
});

test("notes name additional managers and a release at a loopback address", () => {
  const { notes } = generateFrom(
    `managers: 5\netcd-members: [10.0.0.11, 10.0.0.12, 10.0.0.13]\n${RELEASE.replace("releases.swarm.internal", "127.0.0.1:8000")}`,
  );
  expect(notes).toEqual([
    "managers is 5 and etcd-members lists 3: swarmkeeper promotes 2 workers once the cluster runs",
    "release-url is a loopback address: each node fetches the release from itself",
  ]);
});
