// Turns errors of Vault and of the transport into the kinds that callers decide by. No error has a cause, because an
// error of the transport contains the request, and a request may contain a share.
import { z } from "zod";
import type { InitialiseOptions, VaultErrorKind } from "./port.ts";
import { VaultError } from "./port.ts";
import type { Answer } from "./transport.ts";

/** The first match wins. The texts are those of Vault 1.13. */
const texts: readonly (readonly [RegExp, VaultErrorKind])[] = [
  [/Vault is already initialized/, "already-initialised"],
  [/Vault is not initialized/, "uninitialised"],
  [/PGP (key|message)/, "bad-pgp-key"],
  [/invalid key|'key' must be/, "bad-share"],
];

const rejection = z.object({ errors: z.array(z.string()).min(1) });
const transportFailure = z.object({ code: z.string() });

/**
 * The typed form of an answer that is not a success. `attempt` is what was tried: "accept the share". If the answer
 * quotes `secret`, it is removed.
 */
export function rejected(url: string, attempt: string, { statusCode, body }: Answer, secret: string): VaultError {
  const reading = rejection.safeParse(body);
  const text = reading.success ? reading.data.errors.join("; ") : `it answers ${statusCode}`;
  const kind = texts.find(([pattern]) => pattern.test(text))?.[1] ?? "other";
  const safe = secret === "" ? text : text.replaceAll(secret, "…");
  return new VaultError(kind, `the Vault at ${url} did not ${attempt}: ${safe}`);
}

/** The typed form of an error of the transport: without an answer the server's state is unknown. */
export function unreachable(url: string, attempt: string, cause: unknown): VaultError {
  if (cause instanceof Error && cause.name === "TimeoutError")
    return new VaultError("unreachable", `the Vault at ${url} did not ${attempt} in time`);
  const failure = transportFailure.safeParse(cause);
  // An error about several addresses of one name has no message.
  const reason = (cause instanceof Error && cause.message) || (failure.success ? failure.data.code : "no answer");
  return new VaultError("unreachable", `no Vault answers at ${url} to ${attempt}: ${reason}`);
}

/**
 * Throws VaultError `bad-pgp-key` unless the root token's key is one of the shares' keys. Vault encrypts the shares
 * before it writes anything, but the root token afterwards. If that key fails, Vault is initialised and all shares are
 * lost. A key of a share has already worked by then.
 */
export function checkKeys({ pgpKeys, rootTokenPgpKey }: InitialiseOptions): void {
  if (pgpKeys.includes(rootTokenPgpKey)) return;
  throw new VaultError("bad-pgp-key", "the root token's PGP key must be one of the shares' keys");
}
