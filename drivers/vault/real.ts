// Vault through node-vault. Every answer is validated, and no request is ever logged.
import nodeVault from "node-vault";
import { z } from "zod";
import { checkKeys, rejected, unreachable } from "./errors.ts";
import type { ConnectVault, SealStatus, Vault, VaultHealth, VaultState } from "./port.ts";
import { VaultError } from "./port.ts";
import { type Answer, directTransport } from "./transport.ts";

export interface VaultOptions {
  /** PEM file of the authority that signed the servers' certificates, for https. Default: the system's. */
  readonly caFile?: string;
  /** For every call except `initialise`. Default 5 s (chosen). */
  readonly callMs?: number;
  /** Default 2 min (chosen), because Vault gives this answer only once. */
  readonly initialiseMs?: number;
}

const health = z.object({ version: z.string() });
const sealStatus = z.object({
  initialized: z.boolean(),
  sealed: z.boolean(),
  n: z.number(),
  t: z.number(),
  progress: z.number(),
  version: z.string(),
  storage_type: z.string(),
});
const initialised = z.object({ keys_base64: z.array(z.string()), root_token: z.string() });

/** By the status alone, because the body of a server that has just sealed may still report the state from before. */
const STATES: Readonly<Record<number, VaultState>> = {
  200: "active",
  429: "standby",
  473: "standby", // a performance standby
  474: "standby", // cannot reach the active server
  501: "uninitialised",
  503: "sealed",
};
const NO_STATE: Readonly<Record<number, string>> = {
  472: "it is a secondary for disaster recovery",
  530: "it was removed from its cluster",
};

/**
 * Returns a function that connects to a server. Connecting sends nothing. Throws a TypeError without
 * http(s)://host:port.
 */
export function connectVault({ caFile, callMs = 5_000, initialiseMs = 120_000 }: VaultOptions = {}): ConnectVault {
  return given => {
    const url = serverUrl(given);
    const client = nodeVault({
      endpoint: url,
      "request-promise": directTransport(caFile),
      requestOptions: { timeout: callMs },
      // Off even if DEBUG is set, because it would print shares.
      debug: () => {},
    });
    // Every status is an answer. node-vault's environment variables do not apply to us.
    client.handleVaultResponse = async response => response;
    Object.assign(client, { token: "", namespace: "", pathPrefix: "" });

    const call = async (attempt: string, work: () => Promise<Answer>): Promise<Answer> => {
      try {
        return await work();
      } catch (error) {
        throw unreachable(url, attempt, error);
      }
    };
    const ask = async <T>(attempt: string, schema: z.ZodType<T>, work: () => Promise<Answer>, secret = "") => {
      const answer = await call(attempt, work);
      if (answer.statusCode !== 200) throw rejected(url, attempt, answer, secret);
      return parsed(url, schema, answer);
    };

    return {
      async health(): Promise<VaultHealth> {
        const attempt = "report its health";
        const answer = await call(attempt, () => client.read("sys/health"));
        const state = STATES[answer.statusCode];
        if (state !== undefined) return { state, version: parsed(url, health, answer).version };
        const known = NO_STATE[answer.statusCode];
        if (known === undefined) throw rejected(url, attempt, answer, "");
        throw new VaultError("other", `the Vault at ${url} serves no requests: ${known}`);
      },
      async sealStatus() {
        return statusOf(await ask("report its seal status", sealStatus, () => client.read("sys/seal-status")));
      },
      async initialise(options) {
        checkKeys(options);
        const body = {
          secret_shares: options.pgpKeys.length,
          secret_threshold: options.threshold,
          pgp_keys: options.pgpKeys,
          root_token_pgp_key: options.rootTokenPgpKey,
        };
        // Not with node-vault's `init`: it has no key for the root token, so Vault would send the token in clear text.
        const write = () => client.write("sys/init", body, { timeout: initialiseMs });
        const { keys_base64: shares, root_token: rootToken } = await ask("initialise", initialised, write);
        return { shares, rootToken };
      },
      async unseal(share) {
        const write = () => client.write("sys/unseal", { key: share });
        return statusOf(await ask("accept the share", sealStatus, write, share));
      },
    } satisfies Vault;
  };
}

function serverUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const plain =
    url?.pathname === "/" && url.search === "" && url.hash === "" && url.username === "" && url.password === "";
  if (plain && /^https?:$/.test(url.protocol)) return url.origin;
  throw new TypeError("a Vault's URL is http://HOST:PORT or https://HOST:PORT");
}

/** Parses an answer. An error names only the invalid fields, because their values may be secret. */
function parsed<T>(url: string, schema: z.ZodType<T>, { statusCode, body }: Answer): T {
  const reading = schema.safeParse(body);
  if (reading.success) return reading.data;
  const wrong = reading.error.issues.map(({ path }) => path.join(".") || "the answer itself").join(", ");
  throw new VaultError("other", `the answer ${statusCode} from ${url} is not one of Vault: invalid are ${wrong}`);
}

function statusOf(status: z.infer<typeof sealStatus>): SealStatus {
  return {
    initialised: status.initialized,
    sealed: status.sealed,
    shares: status.n,
    threshold: status.t,
    progress: status.progress,
    version: status.version,
    storage: status.storage_type,
  };
}
