// The certificates of etcd's clients and peers: three files that come together. An absolute path is on the host
// already; a relative one is beside the params file and is shipped, which puts a private key into the user-data.
import { reasonOf } from "../crd-like-specs/reason.ts";
import type { Key } from "./keys.ts";
import type { ReadParams } from "./read.ts";
import type { FileSource } from "./values.ts";

/** A file on the host, or the PEM text that the user-data carries. */
export type TlsFile = { readonly onHost: string } | { readonly pem: string };
export type Tls = Readonly<Record<"cert" | "key" | "ca", TlsFile>>;

/** The text of a file named relative to the params file; throws when it cannot be read. */
export type ReadShipped = (path: string) => string;

const PARTS = ["cert", "key", "ca"] as const;
const CERTIFICATE = { name: "certificate", pem: /^-----BEGIN CERTIFICATE-----$/m };
const PRIVATE_KEY = { name: "private key", pem: /^-----BEGIN [A-Z ]*PRIVATE KEY-----$/m };

/** Undefined when none of the three is given, or when there is a problem, which is then in `read.problems`. */
export function chooseTls(read: ReadParams, whose: "client" | "peer", readShipped: ReadShipped): Tls | undefined {
  const keyOf = (part: (typeof PARTS)[number]) => `etcd-${whose}-${part}` as const;
  const present = PARTS.map(keyOf).filter(read.has);
  const missing = PARTS.map(keyOf).filter(key => !read.has(key));
  if (present[0] !== undefined && missing.length > 0)
    read.refuse(present[0], `${present.join(" and ")} without ${missing.join(" and ")}`, "give all three, or none");

  const file = (part: (typeof PARTS)[number]) =>
    loadFile(read, keyOf(part), part === "key" ? PRIVATE_KEY : CERTIFICATE, read.given[keyOf(part)], readShipped);
  const [cert, key, ca] = [file("cert"), file("key"), file("ca")];
  return cert && key && ca && { cert, key, ca };
}

function loadFile(
  read: ReadParams,
  key: Key,
  kind: typeof CERTIFICATE,
  source: FileSource | undefined,
  readShipped: ReadShipped,
): TlsFile | undefined {
  if (source === undefined || "onHost" in source) return source;
  let pem: string;
  try {
    pem = readShipped(source.shipped);
  } catch (error) {
    read.refuse(
      key,
      `${key}: cannot read it: ${reasonOf(error)}`,
      "a relative path is beside the params file, an absolute one on the host",
    );
    return undefined;
  }
  if (kind.pem.test(pem)) return { pem };
  read.refuse(key, `${key}: ${source.shipped} holds no ${kind.name}`, "a file in PEM form");
  return undefined;
}
