// `swarmkeeper vault init` and `unseal` as an operator runs them, against real servers: on a terminal, with a search of
// the output for the shares, which must never be printed.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../drivers/clock/real.ts";
import { connectVault } from "../../../drivers/vault/real.ts";
import { VAULT_BUILD_MS } from "../../fixtures/vault/build.ts";
import { eventually } from "../eventually.ts";
import { decryptWith, newPgpPair, type PgpPair, type RealVaults, startVaults } from "./servers.ts";

const PATIENCE_MS = 60_000;

let servers: RealVaults;
let folder: string;
let pairs: PgpPair[];
let shares: string[];
const at = (name: string) => join(folder, name);
const [address, other] = [0, 1].map(index => () => servers.urls[index] ?? "") as [() => string, () => string];
/** The output of all commands. */
let printed = "";

beforeAll(async () => {
  servers = await startVaults();
  folder = await mkdtemp(join(tmpdir(), "swarmkeeper-vault-cli-"));
  pairs = await Promise.all([1, 2, 3].map(newPgpPair));
  await Promise.all(pairs.map((pair, index) => writeFile(at(`${index}.pgp`), Buffer.from(pair.public, "base64"))));
  await writeFile(at("private.pgp"), Buffer.from(pairs[0]?.private ?? "", "base64"));
  const state = async () => (await connectVault()(address()).health()).state === "uninitialised";
  await eventually(systemClock, "a Vault to answer", 30_000, state);
}, VAULT_BUILD_MS);
afterAll(async () => {
  await servers?.close();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

const words = (args: readonly string[]) => ["--import", "tsx", "cli/main.ts", "vault", ...args];
const env = { ...process.env, NO_COLOR: "1", DEBUG: "*" };
/** Runs the command in a terminal of `script`, whose input is the keyboard. */
function onTerminal(args: readonly string[]): Running {
  const command = [process.execPath, ...words(args)].map(word => `'${word}'`).join(" ");
  return watch(spawn("script", ["-qec", command, "/dev/null"], { env }));
}
const piped = (args: readonly string[]) => watch(spawn(process.execPath, words(args), { env }));

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly code: Promise<number | null>;
  out(): string;
  prints(text: string | RegExp): Promise<unknown>;
}

function watch(child: ChildProcessWithoutNullStreams): Running {
  let out = "";
  const take = (chunk: Buffer) => {
    out += chunk;
    printed += chunk;
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const code = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  return {
    child,
    code,
    out: () => out,
    prints: text =>
      eventually(systemClock, `${text}`, PATIENCE_MS, async () => {
        if (typeof text === "string" ? out.includes(text) : text.test(out)) return true;
        throw new Error(`the output is ${out}`);
      }),
  };
}

async function unsealBy(args: readonly string[], input: string): Promise<Running> {
  const running = piped(["unseal", ...args]);
  running.child.stdin.end(input);
  await running.code;
  return running;
}

const init = (keys: readonly string[], out: string) =>
  piped([
    "init",
    "--pgp-keys",
    keys.map(at).join(),
    "--root-token-pgp-key",
    at(keys[0] ?? ""),
    "--out",
    at(out),
    "--address",
    address(),
  ]);

describe("vault init and unseal against real servers", { timeout: 300_000 }, () => {
  it("vault init accepts only public keys, and initialises once", async () => {
    const rejected = init(["private.pgp", "1.pgp"], "shares.json");
    expect(await rejected.code).toBe(2);
    expect(rejected.out()).toMatch(/private.pgp: this is a private key/);
    const done = init(["0.pgp", "1.pgp", "2.pgp"], "shares.json");
    expect(`${await done.code} ${done.out()}`).toMatch(/^0 .*is initialised: 3 shares, 2 to unseal/);
    const written = JSON.parse(await readFile(at("shares.json"), "utf8"));
    shares = await Promise.all(pairs.map((pair, index) => decryptWith(pair)(written.shares[index].share)));
    expect(shares).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^[\da-f]{66}$/)));
    const again = init(["0.pgp"], "more.json");
    expect(`${await again.code} ${again.out()}`).toMatch(/^1 .*is initialised already/);
  });

  it("vault unseal reads shares at a terminal without showing them, and asks again after a wrong one", async () => {
    const running = onTerminal(["unseal", "--address", address()]);
    await running.prints("Share 1 of 2");
    running.child.stdin.write(`${shares[0]}\r`);
    await running.prints("1 of 2 shares");
    await running.prints("Share 2 of 2");
    running.child.stdin.write("no share\r");
    await running.prints(/must be a valid hex or base64 string; 1 of 2 shares/);
    running.child.stdin.write(`${shares[1]}xx\x7f\x7f\r`);
    expect(await running.code).toBe(0);
    expect(running.out()).toContain(`the Vault at ${address()} is unsealed`);
  });

  it("vault unseal stops at ^C and discards a partly typed share", async () => {
    const running = onTerminal(["unseal", "--address", other()]);
    await running.prints("Share 1 of 2");
    running.child.stdin.write(`${shares[0]}\x03`);
    expect(await running.code).toBe(1);
    expect(running.out()).toContain("no share was given; 0 of 2 shares, still sealed");
  });

  it("vault unseal reads a share from standard input, and rejects one on the command line", async () => {
    const first = await unsealBy(["--address", other()], `${shares[2]}\n`);
    expect(`${await first.code} ${first.out()}`).toMatch(/^0 1 of 2 shares/);
    const second = await unsealBy(["--address", other()], shares[1] ?? "");
    expect(`${await second.code} ${second.out()}`).toMatch(/^0 .*is unsealed/);
    const argument = await unsealBy([shares[0] ?? ""], "");
    expect(`${await argument.code} ${argument.out()}`).toMatch(/^2 a share is never an argument/);
  });

  it("vault init and unseal print no share, also with DEBUG", () => {
    expect(printed.length).toBeGreaterThan(500);
    expect(shares.filter(share => printed.includes(share))).toEqual([]);
  });
});
