// A file with one public PGP key, armored or binary, as `gpg --export` writes it, in the form that Vault takes. Whether
// the key can encrypt is for Vault to say; here is found what a person could have mixed up.
import { readFile } from "node:fs/promises";
import { CliError } from "../cli-error.ts";
import { reason } from "../etcd.ts";

/** RFC 9580, 5: the kinds of packets that matter here. */
const SECRET_KEY = 5;
const PUBLIC_KEY = 6;

const ARMOR =
  /^-----BEGIN PGP ([A-Z ]+)-----\r?\n(?:[^\r\n]+: [^\r\n]*\r?\n)*\s*?\n([A-Za-z\d+/=\s]+?)(?:\r?\n=[A-Za-z\d+/]{4})?\s*-----END/m;
const EXPORT = "export one with: gpg --export NAME";

/** Base64 of each binary key, by file. All faults are told at once, and no key goes anywhere before. CliError. */
export async function readPgpKeys(files: readonly string[]): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  const problems: string[] = [];
  for (const file of files) {
    try {
      keys.set(file, publicKey(await readFile(file)));
    } catch (error) {
      problems.push(`${file}: ${reason(error)}`);
    }
  }
  if (problems.length > 0) throw new CliError([...problems, "nothing was initialised"].join("\n"), 2);
  return keys;
}

/** Throws, with what is wrong and what would be right, for what is no single public key. */
export function publicKey(content: Buffer): string {
  const [, kind, armored] = ARMOR.exec(content.toString("latin1")) ?? [];
  if (kind?.includes("PRIVATE")) throw new Error(PRIVATE);
  if (kind !== undefined && kind !== "PUBLIC KEY BLOCK")
    throw new Error(`this is a PGP ${kind.toLowerCase()}, not a key; ${EXPORT}`);
  const binary = armored === undefined ? content : Buffer.from(armored, "base64");
  const kinds = packetKinds(binary);
  if (kinds?.includes(SECRET_KEY)) throw new Error(PRIVATE);
  if (kinds?.[0] !== PUBLIC_KEY) throw new Error(`this is no public PGP key; ${EXPORT}`);
  const count = kinds.filter(each => each === PUBLIC_KEY).length;
  if (count > 1) throw new Error(`there are ${count} keys in it, and Vault would take the first; ${EXPORT}`);
  return binary.toString("base64");
}

const PRIVATE = `this is a private key, which nobody but its owner should have; ${EXPORT}`;

/** The kinds of the packets in their order; undefined where it is no whole sequence of packets (RFC 9580, 4.2). */
function packetKinds(data: Buffer): number[] | undefined {
  const kinds: number[] = [];
  for (let at = 0; at < data.length; ) {
    const packet = packetAt(data, at);
    if (packet === undefined || packet.end > data.length) return undefined;
    kinds.push(packet.kind);
    at = packet.end;
  }
  return kinds;
}

function packetAt(data: Buffer, at: number): { kind: number; end: number } | undefined {
  const first = data[at] ?? 0;
  if ((first & 0x80) === 0) return undefined;
  const newForm = (first & 0x40) !== 0;
  const kind = newForm ? first & 0x3f : (first >> 2) & 0x0f;
  const length = newForm ? newLength(data, at + 1) : oldLength(data, at + 1, first & 3);
  return length && { kind, end: length.bodyAt + length.bytes };
}

function newLength(data: Buffer, at: number): { bodyAt: number; bytes: number } | undefined {
  const [one = 0, two = 0] = data.subarray(at);
  if (one < 192) return { bodyAt: at + 1, bytes: one };
  if (one < 224) return { bodyAt: at + 2, bytes: ((one - 192) << 8) + two + 192 };
  // Parts of unknown number are for messages, not for keys.
  return one === 255 ? oldLength(data, at + 1, 2) : undefined;
}

function oldLength(data: Buffer, at: number, size: number): { bodyAt: number; bytes: number } | undefined {
  const width = [1, 2, 4][size];
  if (width === undefined || at + width > data.length) return undefined;
  return { bodyAt: at + width, bytes: data.readUIntBE(at, width) };
}
