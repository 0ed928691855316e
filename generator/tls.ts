// Reads the certificates of etcd's clients and peers: groups of three files. An absolute path is a file on the node. A
// relative path is a file next to the params file, which is copied into the user-data, including a private key.
import { andList } from "../crd-like-specs/lists.ts";
import { reasonOf } from "../crd-like-specs/reason.ts";
import { invalid, type Parsed, parsed, rejected, type Validated } from "../crd-like-specs/validation.ts";
import { errorAt, type ParamsReading } from "./read.ts";

/** The path of a file on the node, or a PEM text for the user-data. */
export type TlsFile = { readonly onNode: string } | { readonly pem: string };
export type Tls = Readonly<Record<"cert" | "key" | "ca", TlsFile>>;

/** The text of a file relative to the params file. Throws if it cannot be read. */
export type ReadShipped = (path: string) => string;

const PARTS = ["cert", "key", "ca"] as const;
const CERTIFICATE = { name: "certificate", pem: /^-----BEGIN CERTIFICATE-----$/m };
const PRIVATE_KEY = { name: "private key", pem: /^-----BEGIN [A-Z ]*PRIVATE KEY-----$/m };

/** The three files; undefined if none is set. */
export function chooseTls(
  read: ParamsReading,
  whose: "client" | "peer",
  readShipped: ReadShipped,
): Validated<Tls | undefined> {
  const keys = PARTS.map(part => `etcd-${whose}-${part}` as const);
  const present = keys.filter(key => read.places.has(key));
  const missing = keys.filter(key => !read.places.has(key));
  const incomplete =
    present[0] !== undefined && missing.length > 0
      ? [errorAt(read, present[0], `${andList(present)} without ${andList(missing)}`, "set all three, or none")]
      : [];
  const file = (part: (typeof PARTS)[number]) =>
    loadFile(read, `etcd-${whose}-${part}`, part === "key" ? PRIVATE_KEY : CERTIFICATE, readShipped);
  const [cert, key, ca] = [file("cert"), file("key"), file("ca")];
  const errors = [...incomplete, ...[cert, key, ca].flatMap(one => (one === undefined || one.ok ? [] : [one.error]))];
  if (errors.length > 0) return invalid(...errors);
  return {
    ok: true,
    value: cert?.ok && key?.ok && ca?.ok ? { cert: cert.value, key: key.value, ca: ca.value } : undefined,
  };
}

/** Undefined if the file is not set, or if its path was rejected. */
function loadFile(
  read: ParamsReading,
  key: `etcd-${"client" | "peer"}-${(typeof PARTS)[number]}`,
  kind: typeof CERTIFICATE,
  readShipped: ReadShipped,
): Parsed<TlsFile> | undefined {
  const source = read.given[key];
  if (source === undefined) return undefined;
  if ("onNode" in source) return parsed(source);
  let pem: string;
  try {
    pem = readShipped(source.shipped);
  } catch (error) {
    const expected = "a relative path is next to the params file, an absolute path is on the node";
    return rejected(errorAt(read, key, `${key}: cannot be read: ${reasonOf(error)}`, expected));
  }
  if (kind.pem.test(pem)) return parsed({ pem });
  return rejected(errorAt(read, key, `${key}: ${source.shipped} contains no ${kind.name}`, "use a file in PEM format"));
}
