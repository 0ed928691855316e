import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { armor, enums, generateKey, type PrivateKey, type PublicKey, readKey, revokeKey } from "openpgp";
import { beforeAll, describe, expect, it } from "vitest";
import { encryptionKey, readPgpKeys } from "./pgp-key.ts";

const DAY = 86_400_000;

interface KeyPair {
  readonly publicKey: PublicKey;
  readonly privateKey: PrivateKey;
}
type KeyOptions = Omit<Partial<Parameters<typeof generateKey>[0]>, "format">;

const newKey = (more: KeyOptions = {}): Promise<KeyPair> =>
  generateKey({ userIDs: [{ name: "Alice", email: "alice@example.com" }], ...more, format: "object" });
const bytes = (key: { write(): Uint8Array }) => Buffer.from(key.write());
const armored = (kind: enums.armor, content: Buffer) => Buffer.from(armor(kind, new Uint8Array(content)));

let alice: KeyPair;
let bob: KeyPair;
/** Alice's, in binary form. */
let PUBLIC: Buffer;
let SECRET: Buffer;
beforeAll(async () => {
  alice = await newKey();
  bob = await newKey();
  PUBLIC = bytes(alice.publicKey);
  SECRET = bytes(alice.privateKey);
});

describe("a public PGP key", () => {
  it("is accepted in binary, armored and base64 form, with headers, surrounding text and any line endings", async () => {
    const plain = PUBLIC.toString("base64");
    const text = alice.publicKey.armor();
    const withHeaders = text.replace("\n\n", "\nVersion: GnuPG v2\nComment: of Alice\n\n");
    for (const content of [
      PUBLIC,
      plain,
      `${plain.replace(/.{64}/g, "$&\n")}\n`,
      text,
      withHeaders,
      `of Alice:\n${text}and nothing else\n`,
      text.replace(/\r?\n/g, "\r\n"),
      text.replace(/\r?\n/g, "\n"),
      text.replace(/^=.{4}\r?\n/m, ""),
    ]) {
      expect(await encryptionKey(Buffer.from(content))).toBe(plain);
    }
  });

  it.each<[string, KeyOptions]>([
    ["an RSA key", { type: "rsa", rsaBits: 2048 }],
    ["a key on the legacy Curve25519", { type: "ecc", curve: "curve25519Legacy" }],
    ["a key on a NIST curve", { type: "ecc", curve: "nistP256" }],
    ["a key that expires tomorrow", { keyExpirationTime: 86_400 }],
  ])("is accepted if it is %s, and stays the same key", async (_name, options) => {
    const { publicKey } = await newKey(options);
    const taken = await encryptionKey(Buffer.from(publicKey.armor()));
    const read = await readKey({ binaryKey: new Uint8Array(Buffer.from(taken, "base64")) });
    expect(read.getFingerprint()).toBe(publicKey.getFingerprint());
    await expect(read.getEncryptionKey()).resolves.toBeDefined();
  });

  it.each([
    ["a private key", () => SECRET, /private key, which only its owner/],
    ["an armored private key", () => Buffer.from(alice.privateKey.armor()), /private key, which only its owner/],
    ["a private key in base64", () => Buffer.from(SECRET.toString("base64")), /private key/],
    ["a private key with the header of a public one", () => armored(enums.armor.publicKey, SECRET), /private key/],
    ["a private key after a public one", () => Buffer.concat([PUBLIC, SECRET]), /private key/],
    [
      "an armored private key after a public one",
      () => Buffer.from(alice.publicKey.armor() + bob.privateKey.armor()),
      /private key/,
    ],
    ["a signature", () => armored(enums.armor.signature, Buffer.from([0xc2, 1, 4])), /a PGP signature, not a key/],
    ["two keys", () => Buffer.concat([PUBLIC, bytes(bob.publicKey)]), /the file has 2 keys/],
    [
      "two keys, each armored",
      () => Buffer.from(alice.publicKey.armor() + bob.publicKey.armor()),
      /the file has 2 keys/,
    ],
    ["the beginning of a key", () => PUBLIC.subarray(0, 20), /not a public PGP key/],
    ["armor without an end", () => Buffer.from(alice.publicKey.armor().slice(0, 200)), /not a public PGP key/],
    ["a user id alone", () => Buffer.from([0xcd, 5, ...Buffer.from("Alice")]), /not a public PGP key/],
    [
      "a key of ssh",
      () => Buffer.from("ssh-ed25519 AAAAC3Nz alice"),
      /not a public PGP key; export one with: gpg --export/,
    ],
    ["a word", () => Buffer.from("alice\n"), /not a public PGP key/],
    ["nothing", () => Buffer.alloc(0), /not a public PGP key/],
  ])("is rejected if the file holds %s", async (_name, content, message) => {
    await expect(encryptionKey(content())).rejects.toThrow(message);
  });
});

describe("a PGP key that cannot encrypt", () => {
  const rejection = (key: { write(): Uint8Array }) => encryptionKey(bytes(key)).catch(error => error.message);

  it("is rejected if it has expired, with the day and the command that extends it", async () => {
    const { publicKey } = await newKey({ date: new Date("2024-03-01T12:00:00Z"), keyExpirationTime: 86_400 });
    expect(await rejection(publicKey)).toBe(
      "this key expired on 2024-03-02; ask its owner for a new export after gpg --quick-set-expire " +
        `${publicKey.getFingerprint().toUpperCase()} 2y`,
    );
  });

  it("is rejected as revoked, even if it has expired too", async () => {
    const { publicKey } = await revokeKey({ key: alice.privateKey, format: "object" });
    expect(await rejection(publicKey)).toMatch(/^this key was revoked by its owner; ask the owner for the key/);
    const old = await newKey({ date: new Date(Date.now() - 3 * DAY), keyExpirationTime: 86_400 });
    const both = await revokeKey({ key: old.privateKey, date: new Date(Date.now() - 2.5 * DAY), format: "object" });
    expect(await rejection(both.publicKey)).toMatch(/revoked/);
  });

  it("is rejected if it only signs", async () => {
    const { publicKey } = await newKey({ subkeys: [{ sign: true }] });
    expect(await rejection(publicKey)).toMatch(
      /^this key cannot encrypt: it only signs, or .*; ask its owner for another key, or for a new export after gpg --quick-add-key [\dA-F]{40} cv25519 encr$/,
    );
    expect(await rejection((await newKey({ subkeys: [] })).publicKey)).toMatch(/cannot encrypt/);
  });

  it("is rejected if its only subkey for encryption has expired or was revoked", async () => {
    const date = new Date(Date.now() - 3 * DAY);
    const expired = await newKey({ date, subkeys: [{ keyExpirationTime: 86_400, date }] });
    expect(await rejection(expired.publicKey)).toMatch(
      /subkey for encryption is expired, revoked or too weak .*Subkey is expired/,
    );
    const { privateKey } = await newKey();
    const [subkey] = privateKey.subkeys;
    const { keyPacket } = privateKey;
    if (subkey === undefined || !("privateParams" in keyPacket)) throw new Error("openpgp made no private key");
    privateKey.subkeys = [await subkey.revoke(keyPacket)];
    expect(await rejection(privateKey.toPublic())).toMatch(/subkey for encryption is expired, revoked or too weak/);
  });

  it("is rejected if its signatures are cut off", async () => {
    // RFC 9580, 4.2.1: a tag, a length of one octet, and the body of the public key; all else follows it.
    const keyPacket = PUBLIC.subarray(0, 2 + (PUBLIC[1] ?? 0));
    expect(await rejection({ write: () => new Uint8Array(keyPacket) })).toMatch(/cannot encrypt/);
  });
});

it("all PGP key files are read, and each file without a usable key is named", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pgp-keys-"));
  const [good = "", bad = "", none = "", old = ""] = ["good.asc", "bad.asc", "none.asc", "old.asc"].map(name =>
    join(folder, name),
  );
  const expired = await newKey({ date: new Date("2024-03-01T12:00:00Z"), keyExpirationTime: 86_400 });
  await writeFile(good, alice.publicKey.armor());
  await writeFile(bad, SECRET);
  await writeFile(old, expired.publicKey.armor());
  expect(await readPgpKeys([good])).toEqual(new Map([[good, PUBLIC.toString("base64")]]));
  await expect(readPgpKeys([good, bad, none, old])).rejects.toMatchObject({
    name: "CliError",
    message: expect.stringMatching(
      /^\S+bad.asc: this is a private key.*\n\S+none.asc: no such file\n\S+old.asc: this key expired on .*\nnothing was initialised$/,
    ),
  });
  await rm(folder, { recursive: true });
});
