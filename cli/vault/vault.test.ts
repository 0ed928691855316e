// Both commands over the twin. As processes, against real servers: test/conformance/vault.
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { generateKey } from "openpgp";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { VaultError } from "../../drivers/vault/port.ts";
import { fakeClock } from "../../test/fakes/clock/clock.ts";
import { FakeVault } from "../../test/fakes/vault/vault.ts";
import { type InitOptions, initialise, initPlan } from "./init.ts";
import { type SecretLines, secretLines } from "./secret-lines.ts";
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

  it("writes encrypted shares where only their owner can read them, and says what is next", async () => {
    const told = await initialise(server(), await initPlan(options()));
    expect(told.join("\n")).toContain("3 shares, 2 to unseal");
    expect(told.join("\n")).toContain(`share 3     encrypted for ${at("3.pgp")}`);
    expect(world.state(URL)).toBe("sealed");
    expect((await stat(at("shares.json"))).mode & 0o777).toBe(0o600);
    const written = JSON.parse(await readFile(at("shares.json"), "utf8"));
    expect(written).toMatchObject({ vault: URL, threshold: 2, rootToken: { encryptedFor: at("2.pgp") } });
    const shares = written.shares.map(({ share }: { share: string }) => world.decrypt(share));
    expect(new Set(shares).size).toBe(3);
    for (const secret of shares) expect(JSON.stringify([written, told])).not.toContain(secret);
  });

  it.each([
    [{ pgpKeys: undefined }, /--pgp-keys is missing: shares of the key leave Vault encrypted only/],
    [{ rootTokenPgpKey: undefined }, /--root-token-pgp-key is missing/],
    [{ out: undefined }, /--out is missing/],
    [{ threshold: "4" }, /--threshold 4 is not one of 3 shares; use 2 to 3/],
    [{ threshold: "1" }, /use 2 to 3/],
    [{ threshold: "half" }, /use 2 to 3/],
  ])("refuses %j, and says why", async (more, message) => {
    await expect(initPlan(options(more))).rejects.toMatchObject({
      name: "CliError",
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });

  it("refuses a key for the root token that has not been tried on a share", async () => {
    const call = initPlan(options({ pgpKeys: at("1.pgp") }));
    await expect(call).rejects.toMatchObject({ message: expect.stringMatching(/is none of --pgp-keys/) });
    await expect(initPlan(options({ pgpKeys: at("2.pgp") }))).resolves.toMatchObject({ threshold: 1 });
  });

  it.each([
    ["is there already", "taken.json", /it exists, and may hold the shares/],
    ["has no folder", "nowhere/shares.json", /no such file/],
  ])("does not begin where its file %s", async (_name, out, message) => {
    await writeFile(at("taken.json"), "the shares of another Vault");
    const plan = await initPlan(options({ out: at(out) }));
    await expect(initialise(server(), plan)).rejects.toMatchObject({
      name: "CliError",
      message: expect.stringMatching(message),
    });
    expect(world.state(URL)).toBe("uninitialised");
    expect(await readFile(at("taken.json"), "utf8")).toBe("the shares of another Vault");
  });

  it("leaves no file behind where Vault refuses or does not answer, and says when it may have begun", async () => {
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
      message: expect.stringMatching(/^it failed\n.* may have begun/),
    });
    await expect(failing("other", true)).rejects.toMatchObject({
      message: expect.stringMatching(/^it failed\n.* has begun/),
    });
    await expect(initialise(server(), plan)).rejects.toMatchObject({ kind: "already-initialised" });
    world.stop(URL);
    await expect(initialise(server(), plan)).rejects.toMatchObject({ kind: "unreachable" });
    expect(await readdir(folder)).not.toContain("shares.json");
  });

  it("prints the shares where the file cannot be written after all", async () => {
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

  it("asks on at a terminal until it is unsealed, and tells how far it is", async () => {
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

  it("takes one share from standard input, each from another hand", async () => {
    const [one, other] = await initialised();
    const printedLines: string[] = [];
    await unseal(server(), typed(false, one).lines, line => printedLines.push(line));
    await unseal(server(), typed(false, other).lines, line => printedLines.push(line));
    expect(printedLines).toEqual(["1 of 2 shares", `the Vault at ${URL} is unsealed`]);
  });

  it("gives up without a share, with a wrong one on standard input, and before the first start", async () => {
    const quiet = () => {};
    await expect(unseal(server(), typed(true).lines, quiet)).rejects.toMatchObject({ kind: "uninitialised" });
    await initialised();
    const noShare = { name: "CliError", message: "no share was given; 0 of 2 shares, still sealed" };
    await expect(unseal(server(), typed(true, undefined).lines, quiet)).rejects.toMatchObject(noShare);
    await expect(unseal(server(), typed(false, "").lines, quiet)).rejects.toMatchObject(noShare);
    await expect(unseal(server(), typed(false, "x").lines, quiet)).rejects.toMatchObject({ kind: "bad-share" });
  });

  it("takes none from the command line, and does not repeat it", async () => {
    const call = vaultUnseal(["5ec7e7"], {});
    await expect(call).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/^a share is never an argument/),
    });
    await expect(call).rejects.not.toMatchObject({ message: expect.stringContaining("5ec7e7") });
  });
});

describe("a secret line", () => {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true, setRawMode: vi.fn() });

  it("is edited as usual at a terminal, and shown nowhere", async () => {
    const input = terminal();
    const shown = new PassThrough({ encoding: "utf8" });
    const lines = secretLines(input, shown);
    expect(input.setRawMode).toHaveBeenCalledWith(true);
    const first = lines.next("first: ");
    input.write("sec\x7fcret\r");
    expect(await first).toBe("secret");
    input.write("  typed\x15 ahead \r");
    expect(await lines.next("second: ")).toBe("ahead");
    lines.close();
    expect(input.setRawMode).toHaveBeenLastCalledWith(false);
    expect(shown.read()).toBe("first: \nsecond: \n");
  });

  it.each([
    ["^C", "half\x03"],
    ["^D", "\x04"],
  ])("is none after %s, and the terminal is as before", async (_name, keys) => {
    const input = terminal();
    const lines = secretLines(input, new PassThrough());
    const next = lines.next("share: ");
    input.write(keys);
    expect(await next).toBeUndefined();
    expect(input.setRawMode).toHaveBeenLastCalledWith(false);
  });

  it("comes without a prompt from standard input", async () => {
    const input = new PassThrough();
    const shown = new PassThrough({ encoding: "utf8" });
    const lines = secretLines(input, shown);
    input.end("secret\n");
    expect([await lines.next("share: "), await lines.next("share: ")]).toEqual(["secret", undefined]);
    expect(shown.read()).toBeNull();
  });
});
