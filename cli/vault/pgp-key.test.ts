import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { publicKey, readPgpKeys } from "./pgp-key.ts";

/** Packets of the old form with two octets of length, as gpg writes keys. */
const packet = (kind: number, bytes: number) => Buffer.concat([header(kind, bytes), Buffer.alloc(bytes, kind)]);
const header = (kind: number, bytes: number) => Buffer.from([0x81 | (kind << 2), bytes >> 8, bytes & 255]);
/** The same in the new form, with each width of length. */
const newPacket = (kind: number, bytes: number) => {
  const length =
    bytes < 192
      ? [bytes]
      : bytes < 8_384
        ? [((bytes - 192) >> 8) + 192, (bytes - 192) & 255]
        : [255, 0, 0, bytes >> 8, bytes & 255];
  return Buffer.concat([Buffer.from([0xc0 | kind, ...length]), Buffer.alloc(bytes, kind)]);
};
const PUBLIC = Buffer.concat([packet(6, 269), packet(13, 20), packet(2, 300), packet(14, 269), packet(2, 280)]);
const SECRET = Buffer.concat([packet(5, 900), packet(13, 20), packet(2, 300)]);

const armored = (kind: string, content: Buffer, headers = "") =>
  Buffer.from(
    `-----BEGIN PGP ${kind}-----\n${headers}\n${content.toString("base64").replace(/.{64}/g, "$&\n")}\n=AbC1\n-----END PGP ${kind}-----\n`,
  );

describe("a public PGP key", () => {
  it("is taken binary and armored, with headers, text around it and lines of any kind", () => {
    const plain = PUBLIC.toString("base64");
    const withHeaders = armored("PUBLIC KEY BLOCK", PUBLIC, "Version: GnuPG v2\nComment: of Alice\n").toString();
    expect(publicKey(PUBLIC)).toBe(plain);
    expect(publicKey(armored("PUBLIC KEY BLOCK", PUBLIC))).toBe(plain);
    expect(publicKey(Buffer.from(`of Alice:\n${withHeaders}`))).toBe(plain);
    expect(publicKey(Buffer.from(withHeaders.replaceAll("\n", "\r\n")))).toBe(plain);
    expect(publicKey(Buffer.from(withHeaders.replace(/=AbC1\n/, "")))).toBe(plain);
    const modern = Buffer.concat([newPacket(6, 51), newPacket(13, 300), newPacket(2, 9_000)]);
    expect(publicKey(modern)).toBe(modern.toString("base64"));
  });

  it.each([
    ["a private one", SECRET, /private key, which nobody but its owner/],
    ["an armored private one", armored("PRIVATE KEY BLOCK", SECRET), /private key, which nobody but its owner/],
    ["a private one that calls itself public", armored("PUBLIC KEY BLOCK", SECRET), /private key/],
    ["a private one after a public one", Buffer.concat([PUBLIC, SECRET]), /private key/],
    ["a signature", armored("SIGNATURE", packet(2, 300)), /a PGP signature, not a key/],
    ["two keys", Buffer.concat([PUBLIC, PUBLIC]), /there are 2 keys in it/],
    ["half of one", PUBLIC.subarray(0, 100), /no public PGP key/],
    ["a user id alone", packet(13, 20), /no public PGP key/],
    ["a key of ssh", Buffer.from("ssh-ed25519 AAAAC3Nz alice"), /no public PGP key; export one with: gpg --export/],
    ["nothing", Buffer.alloc(0), /no public PGP key/],
  ])("is not %s", (_name, content, message) => {
    expect(() => publicKey(content)).toThrow(message);
  });

  it("is looked for in all files, and each that has none is named", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pgp-keys-"));
    const [good = "", bad = "", none = ""] = ["good.asc", "bad.asc", "none.asc"].map(name => join(folder, name));
    await writeFile(good, armored("PUBLIC KEY BLOCK", PUBLIC));
    await writeFile(bad, SECRET);
    expect(await readPgpKeys([good])).toEqual(new Map([[good, PUBLIC.toString("base64")]]));
    await expect(readPgpKeys([good, bad, none])).rejects.toMatchObject({
      name: "CliError",
      message: expect.stringMatching(
        /^\S+bad.asc: this is a private key.*\n\S+none.asc: no such file\nnothing was initialised$/,
      ),
    });
    await rm(folder, { recursive: true });
  });
});
