// The certificates of etcd's clients and peers: three files that come together. An absolute path is on the host
// already; a relative one is beside the params file and is shipped, which puts a private key into the user-data.
import { reasonOf } from "../crd-like-specs/reason.ts";
import { invalid, type Parsed, parsed, rejected, type Validated } from "../crd-like-specs/validation.ts";
import { errorAt, type ParamsReading } from "./read.ts";

/** A file on the host, or the PEM text that the user-data carries. */
export type TlsFile = { readonly onHost: string } | { readonly pem: string };
export type Tls = Readonly<Record<"cert" | "key" | "ca", TlsFile>>;

/** The text of a file named relative to the params file; throws when it cannot be read. */
export type ReadShipped = (path: string) => string;

const PARTS = ["cert", "key", "ca"] as const;
const CERTIFICATE = { name: "certificate", pem: /^-----BEGIN CERTIFICATE-----$/m };
const PRIVATE_KEY = { name: "private key", pem: /^-----BEGIN [A-Z ]*PRIVATE KEY-----$/m };

/** Undefined where none of the three is given. */
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
      ? [
          errorAt(
            read,
            present[0],
            `${present.join(" and ")} without ${missing.join(" and ")}`,
            "give all three, or none",
          ),
        ]
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

/** Undefined where no such file is given, or where its path was rejected. */
function loadFile(
  read: ParamsReading,
  key: `etcd-${"client" | "peer"}-${(typeof PARTS)[number]}`,
  kind: typeof CERTIFICATE,
  readShipped: ReadShipped,
): Parsed<TlsFile> | undefined {
  const source = read.given[key];
  if (source === undefined) return undefined;
  if ("onHost" in source) return parsed(source);
  let pem: string;
  try {
    pem = readShipped(source.shipped);
  } catch (error) {
    const expected = "a relative path is beside the params file, an absolute one on the host";
    return rejected(errorAt(read, key, `${key}: cannot read it: ${reasonOf(error)}`, expected));
  }
  if (kind.pem.test(pem)) return parsed({ pem });
  return rejected(errorAt(read, key, `${key}: ${source.shipped} holds no ${kind.name}`, "a file in PEM form"));
}
