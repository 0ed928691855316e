// Vault through node-vault. What it answers is checked before anybody believes it, and no request is ever logged.
import nodeVault from "node-vault";
import { z } from "zod";
import { checkKeys, rejected, unreachable } from "./errors.ts";
import type { ConnectVault, SealStatus, Vault, VaultHealth, VaultState } from "./port.ts";
import { VaultError } from "./port.ts";
import { type Answer, straightTransport } from "./transport.ts";

export interface VaultOptions {
  /** PEM file of the authority that signed the servers' certificates; the system's own unless given. For https. */
  readonly caFile?: string;
  /** For every call but `initialise`; 5 s. */
  readonly callMs?: number;
  /** 2 min: its answer cannot be had a second time. */
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

/** By the status alone: one that has just sealed may still have other things to say. */
const STATES: Readonly<Record<number, VaultState>> = {
  200: "active",
  429: "standby",
  473: "standby", // of a performance standby
  474: "standby", // that cannot reach the active one
  501: "uninitialised",
  503: "sealed",
};
const NO_STATE: Readonly<Record<number, string>> = {
  472: "it is a secondary for disaster recovery",
  530: "it was removed from its cluster",
};

/** How to reach servers. Connecting itself reaches nobody; it throws a TypeError for what is no http(s)://host:port. */
export function connectVault({ caFile, callMs = 5_000, initialiseMs = 120_000 }: VaultOptions = {}): ConnectVault {
  return given => {
    const url = serverUrl(given);
    const client = nodeVault({
      endpoint: url,
      "request-promise": straightTransport(caFile),
      requestOptions: { timeout: callMs },
      // Whatever DEBUG says: it would print shares.
      debug: () => {},
    });
    // Every status is an answer, and what the environment tells node-vault is not meant for us.
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
      return understood(url, schema, answer);
    };

    return {
      async health(): Promise<VaultHealth> {
        const attempt = "say how it is";
        const answer = await call(attempt, () => client.read("sys/health"));
        const state = STATES[answer.statusCode];
        if (state !== undefined) return { state, version: understood(url, health, answer).version };
        const known = NO_STATE[answer.statusCode];
        if (known === undefined) throw rejected(url, attempt, answer, "");
        throw new VaultError("other", `the Vault at ${url} serves nobody: ${known}`);
      },
      async sealStatus() {
        return statusOf(await ask("tell its seal", sealStatus, () => client.read("sys/seal-status")));
      },
      async initialise(options) {
        checkKeys(options);
        const body = {
          secret_shares: options.pgpKeys.length,
          secret_threshold: options.threshold,
          pgp_keys: options.pgpKeys,
          root_token_pgp_key: options.rootTokenPgpKey,
        };
        // Not by `init`: that command knows no key for the root token, and would have it sent in clear.
        const write = () => client.write("sys/init", body, { timeout: initialiseMs });
        const { keys_base64: shares, root_token: rootToken } = await ask("begin", initialised, write);
        return { shares, rootToken };
      },
      async unseal(share) {
        const write = () => client.write("sys/unseal", { key: share });
        return statusOf(await ask("take the share", sealStatus, write, share));
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

/** Where it is something else, only the names of what is wrong are told. */
function understood<T>(url: string, schema: z.ZodType<T>, { statusCode, body }: Answer): T {
  const reading = schema.safeParse(body);
  if (reading.success) return reading.data;
  const wrong = reading.error.issues.map(({ path }) => path.join(".") || "the answer itself").join(", ");
  throw new VaultError("other", `what answers ${statusCode} at ${url} does not speak as a Vault: wrong are ${wrong}`);
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
