// Rejects the placeholders of deploy/examples/params.yml. Nodes that boot with one of them would retry forever.
import type { ValidationError } from "../crd-like-specs/validation.ts";

/** The message completes `KEY: …`; undefined for any other value. */
type PlaceholderError = ValidationError | undefined;

/** RFC 2606 and RFC 6761 reserve these names for documentation; no server ever has one. */
const RESERVED = /(^|\.)(example(\.(com|net|org))?|invalid)$/i;

/** `url` must be a valid URL. */
export function releaseUrlError(url: string): PlaceholderError {
  const { hostname } = new URL(url);
  if (!RESERVED.test(hostname)) return undefined;
  return {
    message: `${hostname} is a placeholder: nodes cannot fetch a release from it`,
    expected: "use the URL at which your nodes reach the release",
  };
}

/** `sha256` must have 64 hex digits. */
export function sha256Error(sha256: string): PlaceholderError {
  if (!/^0+$/.test(sha256)) return undefined;
  return {
    message: "a sha256 of zeros is a placeholder: no file has this hash",
    expected: "use the first word of the release's .sha256 file, or --release FILE, which computes it",
  };
}

/** The message never shows the URL, which is a secret. */
export function slackUrlError(url: string): PlaceholderError {
  if (!url.includes("…")) return undefined;
  return { message: "the value is a placeholder", expected: "use the URL that Slack shows for an incoming webhook" };
}
