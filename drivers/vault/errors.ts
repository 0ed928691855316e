// What a Vault or the way to it said, turned into the kinds that callers decide by. Nothing here has a cause: those of
// the transport know the request, and a request may hold a share.
import { z } from "zod";
import type { InitialiseOptions, VaultErrorKind } from "./port.ts";
import { VaultError } from "./port.ts";
import type { Answer } from "./transport.ts";

/** First match wins. The texts are those of Vault 1.13. */
const texts: readonly (readonly [RegExp, VaultErrorKind])[] = [
  [/Vault is already initialized/, "already-initialised"],
  [/Vault is not initialized/, "uninitialised"],
  [/PGP (key|message)/, "bad-pgp-key"],
  [/invalid key|'key' must be/, "bad-share"],
];

const rejection = z.object({ errors: z.array(z.string()).min(1) });
const transportFailure = z.object({ code: z.string() });

/**
 * The typed form of an answer that is no success. `attempt` says what was tried: "take the share". Should the answer
 * quote the secret that was sent, it is left out.
 */
export function rejected(url: string, attempt: string, { statusCode, body }: Answer, secret: string): VaultError {
  const said = rejection.safeParse(body);
  const text = said.success ? said.data.errors.join("; ") : `it answers ${statusCode}`;
  const kind = texts.find(([pattern]) => pattern.test(text))?.[1] ?? "other";
  const fit = secret === "" ? text : text.replaceAll(secret, "…");
  return new VaultError(kind, `the Vault at ${url} did not ${attempt}: ${fit}`);
}

/** The typed form of what the transport threw: nobody answered, and so nothing is known. */
export function unreachable(url: string, attempt: string, cause: unknown): VaultError {
  if (cause instanceof Error && cause.name === "TimeoutError")
    return new VaultError("unreachable", `the Vault at ${url} did not ${attempt} in time`);
  const failure = transportFailure.safeParse(cause);
  // An error about several addresses of one name has no message.
  const said = (cause instanceof Error && cause.message) || (failure.success ? failure.data.code : "no answer");
  return new VaultError("unreachable", `no Vault answers at ${url} to ${attempt}: ${said}`);
}

/**
 * Vault encrypts the shares before it writes anything, but the root token after: a key that fails there loses all shares
 * of a Vault that has begun. One of the shares' keys has been tried by then.
 */
export function checkKeys({ pgpKeys, rootTokenPgpKey }: InitialiseOptions): void {
  if (pgpKeys.includes(rootTokenPgpKey)) return;
  throw new VaultError("bad-pgp-key", "the root token's PGP key must be one of the shares' keys");
}
