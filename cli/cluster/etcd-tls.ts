// The certificates that a command shows to etcd on a machine that is no node of the cluster: options, else the
// environment. All three are given, or none.
import type { TlsFiles } from "../../crd-like-specs/agent-config.ts";
import { CliError } from "../terminal/error.ts";

export interface TlsOptions {
  /** Paths of PEM files on this machine. */
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Undefined where none is given. Throws a CliError where one lacks the others. */
export function tlsFiles(options: TlsOptions, env: Readonly<Record<string, string | undefined>>): TlsFiles | undefined {
  const given = {
    cacert: options.cacert ?? env.SWARMKEEPER_CACERT,
    cert: options.cert ?? env.SWARMKEEPER_CERT,
    key: options.key ?? env.SWARMKEEPER_KEY,
  };
  const { cacert, cert, key } = given;
  if (cacert && cert && key) return { ca: cacert, cert, key };
  const missing = Object.entries(given).flatMap(([name, path]) => (path ? [] : [`--${name}`]));
  if (missing.length === 3) return undefined;
  throw new CliError(`etcd's certificates come together: ${missing.join(" and ")} is missing`, 2);
}
