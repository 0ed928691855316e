// Values of deploy/examples/params.yml that stand for a value of the operator's: hosts that boot with one of them
// would retry for ever.

/** Completes `KEY: …`, with what would be right; undefined for a value that can be meant. */
export type PlaceholderFault = { readonly message: string; readonly right: string } | undefined;

/** RFC 2606 and RFC 6761 reserve these names for documentation; no server ever has one. */
const RESERVED = /(^|\.)(example(\.(com|net|org))?|invalid)$/i;

/** `url` is a URL. */
export function releaseUrlFault(url: string): PlaceholderFault {
  const { hostname } = new URL(url);
  if (!RESERVED.test(hostname)) return undefined;
  return {
    message: `${hostname} is a placeholder: hosts cannot fetch a release from it`,
    right: "the URL at which your hosts reach the release",
  };
}

/** `sha256` has 64 hex digits. */
export function sha256Fault(sha256: string): PlaceholderFault {
  if (!/^0+$/.test(sha256)) return undefined;
  return {
    message: "a sha256 of zeros is a placeholder: no file has it",
    right: "--release FILE computes it; or the first word of the release's .sha256 file",
  };
}

/** The message never shows the URL, which is a secret. */
export function slackUrlFault(url: string): PlaceholderFault {
  if (!url.includes("…")) return undefined;
  return { message: "the value is a placeholder", right: "the URL that Slack shows for an incoming webhook" };
}
