// `vault init` and `vault unseal` on the fake. As processes, on real servers: test/conformance/vault.
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKey } from "openpgp";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { VaultError } from "../../drivers/vault/port.ts";
import { fakeClock } from "../../test/fakes/clock/clock.ts";
import { FakeVault } from "../../test/fakes/vault/vault.ts";
import { type InitOptions, initialise, initPlan } from "./init.ts";
import type { SecretLines } from "./secret-lines.ts";
import { unseal, vaultUnseal } from "./unseal.ts";

const URL = "http://127.0.0.1:8200";
/** Binary, by the number of their holder. */
const keys = new Map<number, Buffer>();
const keyOf = (number: number): Buffer => keys.get(number) ?? Buffer.alloc(0);

let folder: string;
let world: FakeVault;
const at = (name: string) => join(folder, name);
const server = () => ({ url: URL, vault: world.connect(URL) });

beforeAll(async () => {
  for (const number of [1, 2, 3]) {
    const { publicKey } = await generateKey({ userIDs: [{ name: `holder ${number}` }], format: "binary" });
    keys.set(number, Buffer.from(publicKey));
  }
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-vault-"));
  world = new FakeVault(fakeClock());
  world.start(URL);
  for (const number of [1, 2, 3]) await writeFile(at(`${number}.pgp`), keyOf(number));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

describe("vault init", () => {
  const options = (more: Partial<InitOptions> = {}): InitOptions => ({
    pgpKeys: [1, 2, 3].map(number => at(`${number}.pgp`)).join(),
    rootTokenPgpKey: at("2.pgp"),
    out: at("shares.json"),
    ...more,
  });

  it("writes encrypted shares to a file that only its owner can read, and prints the next step", async () => {
    const printed = await initialise(server(), await initPlan(options()));
    expect(printed.join("\n")).toContain("3 shares, 2 to unseal");
    expect(printed.join("\n")).toContain(`share 3     encrypted for ${at("3.pgp")}`);
    expect(world.state(URL)).toBe("sealed");
    expect((await stat(at("shares.json"))).mode & 0o777).toBe(0o600);
    const written = JSON.parse(await readFile(at("shares.json"), "utf8"));
    expect(written).toMatchObject({ vault: URL, threshold: 2, rootToken: { encryptedFor: at("2.pgp") } });
    const shares = written.shares.map(({ share }: { share: string }) => world.decrypt(share));
    expect(new Set(shares).size).toBe(3);
    for (const secret of shares) expect(JSON.stringify([written, printed])).not.toContain(secret);
  });

  it.each([
    [{ pgpKeys: undefined }, /--pgp-keys is missing: shares of the key leave Vault encrypted only/],
    [{ rootTokenPgpKey: undefined }, /--root-token-pgp-key is missing/],
    [{ out: undefined }, /--out is missing/],
    [{ threshold: "4" }, /--threshold 4 is not one of 3 shares; use 2 to 3/],
    [{ threshold: "1" }, /use 2 to 3/],
    [{ threshold: "half" }, /use 2 to 3/],
  ])("rejects the options %j with a reason", async (more, message) => {
    await expect(initPlan(options(more))).rejects.toMatchObject({
      name: "CliError",
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });

  it("rejects a key for the root token that is not the key of a share", async () => {
    const call = initPlan(options({ pgpKeys: at("1.pgp") }));
    await expect(call).rejects.toMatchObject({ message: expect.stringMatching(/is none of --pgp-keys/) });
    await expect(initPlan(options({ pgpKeys: at("2.pgp") }))).resolves.toMatchObject({ threshold: 1 });
  });

  it.each([
    ["exists already", "taken.json", /it exists, and may hold the shares/],
    ["has no folder", "nowhere/shares.json", /no such file/],
  ])("does not initialise if its file %s", async (_name, out, message) => {
    await writeFile(at("taken.json"), "the shares of another Vault");
    const plan = await initPlan(options({ out: at(out) }));
    await expect(initialise(server(), plan)).rejects.toMatchObject({
      name: "CliError",
      message: expect.stringMatching(message),
    });
    expect(world.state(URL)).toBe("uninitialised");
    expect(await readFile(at("taken.json"), "utf8")).toBe("the shares of another Vault");
  });

  it("leaves no file if Vault fails or does not answer, and reports whether Vault may be initialised", async () => {
    const plan = await initPlan(options());
    const { vault } = server();
    const failing = (kind: "unreachable" | "other", initialised: boolean) =>
      initialise(
        {
          url: URL,
          vault: {
            ...vault,
            initialise: async asked => {
              if (initialised) await vault.initialise(asked);
              throw new VaultError(kind, "it failed");
            },
          },
        },
        plan,
      );
    await expect(failing("other", false)).rejects.toMatchObject({ name: "VaultError", message: "it failed" });
    await expect(failing("unreachable", false)).rejects.toMatchObject({
      message: expect.stringMatching(/^it failed\n.* may have been initialised/),
    });
    await expect(failing("other", true)).rejects.toMatchObject({
      message: expect.stringMatching(/^it failed\n.* has been initialised/),
    });
    await expect(initialise(server(), plan)).rejects.toMatchObject({ kind: "already-initialised" });
    world.stop(URL);
    await expect(initialise(server(), plan)).rejects.toMatchObject({ kind: "unreachable" });
    expect(await readdir(folder)).not.toContain("shares.json");
  });

  it("prints the shares if the file cannot be written afterwards", async () => {
    const print = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const probe = await open(at("probe"), "w");
    await probe.close();
    const { vault } = server();
    const filling: typeof vault.initialise = async asked => {
      const result = await vault.initialise(asked);
      vi.spyOn(Object.getPrototypeOf(probe), "sync").mockRejectedValue(new Error("ENOSPC: no space left on device"));
      return result;
    };
    const failing = { ...vault, initialise: filling };
    const call = initialise({ url: URL, vault: failing }, await initPlan(options()));
    await expect(call).rejects.toMatchObject({
      name: "CliError",
      message: expect.stringMatching(/no space.*\n.*printed above/),
    });
    const [[printed] = []] = print.mock.calls;
    expect(JSON.parse(String(printed)).shares).toHaveLength(3);
  });
});

describe("vault unseal", () => {
  async function initialised(): Promise<string[]> {
    const [pgpKey, ...others] = [1, 2, 3].map(number => keyOf(number).toString("base64"));
    const [rootTokenPgpKey = ""] = [pgpKey];
    const asked = { threshold: 2, pgpKeys: [rootTokenPgpKey, ...others], rootTokenPgpKey };
    return (await world.connect(URL).initialise(asked)).shares.map(share => world.decrypt(share));
  }
  const typed = (terminal: boolean, ...words: (string | undefined)[]) => {
    const prompts: string[] = [];
    const lines: SecretLines = {
      terminal,
      next: async prompt => {
        prompts.push(prompt);
        return words.shift();
      },
      close() {},
    };
    return { prompts, lines };
  };

  it("asks for shares at a terminal until Vault is unsealed, and prints the progress", async () => {
    const [one = "", other = ""] = await initialised();
    const { prompts, lines } = typed(true, one, "", one, "nonsense", "00".repeat(33), one, other);
    const printedLines: string[] = [];
    await unseal(server(), lines, line => printedLines.push(line));
    expect(printedLines).toEqual([
      "1 of 2 shares",
      "nothing was entered",
      "this share was given before; 1 of 2 shares",
      expect.stringMatching(/hex nor base64.*; 1 of 2 shares$/),
      expect.stringMatching(/do not fit together; 0 of 2 shares$/),
      "1 of 2 shares",
      `the Vault at ${URL} is unsealed`,
    ]);
    expect(prompts[0]).toBe(`Share 1 of 2 for ${URL}: `);
    expect(prompts.at(-1)).toBe(`Share 2 of 2 for ${URL}: `);
    expect([...printedLines, ...prompts].join()).not.toMatch(new RegExp(`${one}|${other}`));
    await unseal(server(), lines, line => printedLines.push(line));
    expect(printedLines.at(-1)).toBe(`the Vault at ${URL} is unsealed already`);
  });

  it("reads one share from standard input in each call", async () => {
    const [one, other] = await initialised();
    const printedLines: string[] = [];
    await unseal(server(), typed(false, one).lines, line => printedLines.push(line));
    await unseal(server(), typed(false, other).lines, line => printedLines.push(line));
    expect(printedLines).toEqual(["1 of 2 shares", `the Vault at ${URL} is unsealed`]);
  });

  it("fails without a share, with a wrong share on standard input, and on an uninitialised Vault", async () => {
    const quiet = () => {};
    await expect(unseal(server(), typed(true).lines, quiet)).rejects.toMatchObject({ kind: "uninitialised" });
    await initialised();
    const noShare = { name: "CliError", message: "no share was given; 0 of 2 shares, still sealed" };
    await expect(unseal(server(), typed(true, undefined).lines, quiet)).rejects.toMatchObject(noShare);
    await expect(unseal(server(), typed(false, "").lines, quiet)).rejects.toMatchObject(noShare);
    await expect(unseal(server(), typed(false, "x").lines, quiet)).rejects.toMatchObject({ kind: "bad-share" });
  });

  it("rejects a share on the command line, and does not print it", async () => {
    const call = vaultUnseal(["5ec7e7"], {});
    await expect(call).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/^a share is never an argument/),
    });
    await expect(call).rejects.not.toMatchObject({ message: expect.stringContaining("5ec7e7") });
  });
});
