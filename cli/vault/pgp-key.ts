// Reads files with one public PGP key each. It rejects a key that cannot encrypt now: Vault would encrypt a share that its
// holder cannot read, or fail half way. openpgp is loaded only here, as a separate chunk.
import { readFile } from "node:fs/promises";
import type { Key } from "openpgp";
import { CliError } from "../terminal/error.ts";
import { reason } from "../terminal/reason.ts";

const EXPORT = "export one with: gpg --export NAME";
const PRIVATE = `this is a private key, which only its owner should have; ${EXPORT}`;
const NO_KEY = `this is not a public PGP key; ${EXPORT}`;

/**
 * Base64 of each key in binary form, by file. CliError with every file whose key cannot be used, the reason and the fix.
 * No key is used before all files are read.
 */
export async function readPgpKeys(files: readonly string[]): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  const problems: string[] = [];
  for (const file of files) {
    try {
      keys.set(file, await encryptionKey(await readFile(file)));
    } catch (error) {
      problems.push(`${file}: ${reason(error)}`);
    }
  }
  if (problems.length > 0) throw new CliError([...problems, "nothing was initialised"].join("\n"), 2);
  return keys;
}

/**
 * The one public key in `content` (armored, binary, or base64 of binary), as base64 of its binary form. Throws an Error
 * with the reason and the fix for anything else than one public key that can encrypt now.
 */
export async function encryptionKey(content: Buffer): Promise<string> {
  const keys = await keysIn(content);
  const [key] = keys;
  if (key === undefined) throw new Error(NO_KEY);
  if (keys.some(each => each.isPrivate())) throw new Error(PRIVATE);
  if (keys.length > 1) throw new Error(severalKeys(keys.length));
  await assertEncrypts(key);
  return Buffer.from(key.write()).toString("base64");
}

const severalKeys = (count: number) => `the file has ${count} keys, and Vault would use the first; ${EXPORT}`;

/** Empty if the content is not a sequence of PGP packets that begins with a key. */
async function keysIn(content: Buffer): Promise<Key[]> {
  const { readKeys } = await import("openpgp");
  const text = content.toString("latin1");
  const blocks = [...text.matchAll(/^-----BEGIN PGP ([A-Z ]+)-----/gm)].map(([, kind = ""]) => kind);
  if (blocks.some(kind => kind.includes("PRIVATE"))) throw new Error(PRIVATE);
  const other = blocks.find(kind => kind !== "PUBLIC KEY BLOCK");
  if (other !== undefined) throw new Error(`this is a PGP ${other.toLowerCase()}, not a key; ${EXPORT}`);
  // The library reads only the first block.
  if (blocks.length > 1) throw new Error(severalKeys(blocks.length));
  const read = blocks.length > 0 ? readKeys({ armoredKeys: text }) : readKeys({ binaryKeys: binaryOf(content, text) });
  // The library's own message is about packets and does not help an operator.
  return read.catch(() => []);
}

function binaryOf(content: Buffer, text: string): Uint8Array {
  return new Uint8Array(/^[A-Za-z\d+/\s]+={0,2}\s*$/.test(text) ? Buffer.from(text, "base64") : content);
}

async function assertEncrypts(key: Key): Promise<void> {
  if (await key.isRevoked()) {
    throw new Error("this key was revoked by its owner; ask the owner for the key that replaces it");
  }
  const expires = await key.getExpirationTime();
  if (expires instanceof Date && expires.getTime() <= Date.now()) {
    throw new Error(
      `this key expired on ${expires.toISOString().slice(0, 10)}; ask its owner for a new export after ` +
        `gpg --quick-set-expire ${key.getFingerprint().toUpperCase()} 2y`,
    );
  }
  try {
    await key.getEncryptionKey();
  } catch (error) {
    throw new Error(
      `this key cannot encrypt: it only signs, or its subkey for encryption is expired, revoked or too weak (${reason(error)}); ` +
        `ask its owner for another key, or for a new export after gpg --quick-add-key ` +
        `${key.getFingerprint().toUpperCase()} cv25519 encr`,
      { cause: error },
    );
  }
}
