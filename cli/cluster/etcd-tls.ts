// The certificates for etcd on a machine that is not a node: from the options, else from the environment. They are set
// all three or not at all.
import type { TlsFiles } from "../../crd-like-specs/agent-config.ts";
import { CliError } from "../terminal/error.ts";

export interface TlsOptions {
  /** Paths of PEM files on this machine. */
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Undefined if none is set. CliError if only some are set. */
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
  throw new CliError(`etcd's certificates must be set together: ${missing.join(" and ")} is missing`, 2);
}
