// Answers that a real Vault does not give in a test, and errors that must not contain secrets.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { text } from "node:stream/consumers";
import { inspect } from "node:util";
import { pino } from "pino";
import { afterEach, describe, expect, it, vi } from "vitest";
import { connectVault, type VaultOptions } from "./real.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const open: Server[] = [];

async function listening(server: Server): Promise<string> {
  open.push(server);
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function vaultThat(answer: Answer, options?: VaultOptions) {
  return connectVault(options)(`http://${await listening(createServer(answer))}`);
}

const answers =
  (status: number, body: unknown): Answer =>
  (_request, response) =>
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));

const SHARE = "5ec7e7".repeat(11);
const SEALED = { initialized: true, sealed: true, n: 3, t: 2, progress: 0, version: "1.13.1", storage_type: "etcd" };
const INITIALISE = { threshold: 1, pgpKeys: ["a2V5"], rootTokenPgpKey: "a2V5" };

afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of open.splice(0)) server.close();
});

describe("the health of a Vault", () => {
  it.each([
    [200, "active"],
    [429, "standby"],
    [473, "standby"],
    [474, "standby"],
    [501, "uninitialised"],
    [503, "sealed"],
  ])("is read from the status: %i is %s", async (status, state) => {
    const vault = await vaultThat(answers(status, { version: "1.13.1", sealed: false, standby: false }));
    expect(await vault.health()).toEqual({ state, version: "1.13.1" });
  });

  it.each([
    [472, {}, /secondary for disaster recovery/],
    [530, {}, /removed from its cluster/],
    [500, { errors: ["etcdserver: no leader"] }, /did not report its health: etcdserver: no leader/],
    [404, "not here", /it answers 404/],
    [200, "<html>", /is not one of Vault: invalid are the answer itself/],
    [503, { version: 1 }, /is not one of Vault: invalid are version/],
  ])("is an error for the answer %i %j", async (status, body, message) => {
    const vault = await vaultThat(answers(status, body));
    await expect(vault.health()).rejects.toMatchObject({
      name: "VaultError",
      kind: "other",
      message: expect.stringMatching(message),
    });
  });

  it("is unknown without an answer, and never reported as sealed", async () => {
    const silent = await vaultThat(() => {}, { callMs: 50 });
    await expect(silent.health()).rejects.toMatchObject({
      kind: "unreachable",
      message: expect.stringMatching(/in time/),
    });
    const slow = await vaultThat((_request, response) => void response.writeHead(200).write("{"), { callMs: 50 });
    await expect(slow.health()).rejects.toMatchObject({
      kind: "unreachable",
      message: expect.stringMatching(/in time/),
    });
    const address = await listening(createServer());
    for (const server of open.splice(0)) await new Promise(resolve => server.close(resolve));
    const rejection = { kind: "unreachable", message: expect.stringMatching(/ECONNREFUSED/) };
    await expect(connectVault()(`http://${address}`).health()).rejects.toMatchObject(rejection);
  });
});

describe("secrets of a Vault", () => {
  /** Everything that a careless caller could print of an error. */
  function printed(error: unknown): string {
    const lines: string[] = [];
    const log = pino({ level: "trace" }, { write: line => void lines.push(line) });
    log.error(error);
    log.error({ err: error, error }, "it failed");
    return [inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error), String(error), ...lines].join("\n");
  }

  it("neither a share nor a token is in an error of any kind", async () => {
    vi.stubEnv("VAULT_TOKEN", "hvs.secret-token");
    const quoting: Answer = async (request, response) =>
      response.writeHead(400).end(JSON.stringify({ errors: [`invalid key: ${await text(request)}`] }));
    const cutting: Answer = request => request.on("data", () => request.destroy());
    const vaults = await Promise.all([
      vaultThat(quoting),
      vaultThat(cutting),
      vaultThat(() => {}, { callMs: 50 }),
      vaultThat(answers(200, { sealed: SHARE })),
      vaultThat(answers(500, `${SHARE} hvs.secret-token`)),
    ]);
    const errors = await Promise.all(vaults.map(vault => vault.unseal(SHARE).catch((error: unknown) => error)));
    expect(errors.map(error => error instanceof Error && error.name)).toEqual(Array(5).fill("VaultError"));
    expect(errors.map(error => error instanceof Error && error.cause)).toEqual(Array(5).fill(undefined));
    for (const error of errors) {
      expect(printed(error)).toContain("VaultError");
      expect(printed(error)).not.toMatch(new RegExp(`${SHARE}|secret-token`));
    }
  });

  it("a share goes directly to the Vault, without a proxy and without a token", async () => {
    const proxied: string[] = [];
    const proxy = await listening(createServer((request, response) => response.end(proxied.push(String(request.url)))));
    for (const name of ["http_proxy", "HTTP_PROXY"]) vi.stubEnv(name, `http://${proxy}`);
    vi.stubEnv("VAULT_TOKEN", "hvs.secret-token");
    vi.stubEnv("VAULT_PREFIX", "/elsewhere");
    const requests: string[] = [];
    const vault = await vaultThat(async (request, response) => {
      requests.push(`${request.method} ${request.url} ${request.headers["x-vault-token"]} ${await text(request)}`);
      answers(200, SEALED)(request, response);
    });
    await vault.unseal(SHARE);
    expect(requests).toEqual([`POST /v1/sys/unseal undefined {"key":"${SHARE}"}`]);
    expect(proxied).toEqual([]);
  });
});

describe("initialise", () => {
  it("requests all secrets encrypted", async () => {
    const asked: string[] = [];
    const vault = await vaultThat(async (request, response) => {
      asked.push(await text(request));
      answers(200, { keys: ["00"], keys_base64: ["AA=="], root_token: "BB==" })(request, response);
    });
    expect(await vault.initialise(INITIALISE)).toEqual({ shares: ["AA=="], rootToken: "BB==" });
    expect(asked.map(each => JSON.parse(each))).toEqual([
      { secret_shares: 1, secret_threshold: 1, pgp_keys: ["a2V5"], root_token_pgp_key: "a2V5" },
    ]);
  });

  it("is not sent if the root token's key is not a share's key", async () => {
    const vault = await vaultThat(answers(200, {}));
    const call = vault.initialise({ ...INITIALISE, rootTokenPgpKey: "b3RoZXI=" });
    await expect(call).rejects.toMatchObject({ kind: "bad-pgp-key" });
  });
});

describe("the address of a Vault", () => {
  it.each(["127.0.0.1:8200", "ftp://h", "http://h:8200/v1", "http://u:secret@h:8200", ""])("rejects %j", url => {
    expect(() => connectVault()(url)).toThrow("http://HOST:PORT");
  });
});
