// The kinds of value that a params file may hold. Each reads the text as it stands in the file: a token of digits
// stays the token that was written, and `3` and `"3"` mean the same.
import { isIPv4 } from "node:net";
import { image as imageField } from "../crd-like-specs/spec/image.ts";
import { managers as managersField } from "../crd-like-specs/spec/managers.ts";
import { unitNameError } from "../crd-like-specs/spec/unit-name.ts";
import { type Parsed, parsed, rejected } from "../crd-like-specs/validation.ts";

/** Why a text is not a value of its kind. */
export class Refusal {
  /** Follows the key's name: `managers: …`. */
  readonly message: string;
  readonly right: string;

  constructor(message: string, right: string) {
    this.message = message;
    this.right = right;
  }
}

export interface Kind<T> {
  /** A `text` is one scalar; a `list` is a YAML list of them, or one scalar. */
  readonly shape: "text" | "list";
  /** Its values are never shown. */
  readonly secret: boolean;
  /** One scalar, or one entry of the list. */
  readonly parse: (text: string) => T | Refusal;
  /** Cuts a scalar that stands in place of a list; undefined when it is one entry. */
  readonly separator: RegExp | undefined;
}

/** `what` completes "… is not …"; `right` is an example of a right value, or where to find it. */
function kind<T>(what: string, right: string, parse: (text: string) => T | undefined, secret = false): Kind<T> {
  const read = (text: string) =>
    parse(text) ?? new Refusal(`${secret ? "the value" : JSON.stringify(text)} is not ${what}`, right);
  return { shape: "text", secret, parse: read, separator: undefined };
}

const matching = (what: string, right: string, pattern: RegExp) =>
  kind(what, right, text => (pattern.test(text) ? text : undefined));

/** A list, which may also be written in one line: entries between commas or white space. */
export const listOf = <T>(entry: Kind<T>): Kind<T> => ({ ...entry, shape: "list", separator: /[\s,]+/ });

export function oneOf<T extends string>(...choices: readonly T[]): Kind<T> {
  const all = `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
  return {
    shape: "text",
    secret: false,
    separator: undefined,
    parse: text =>
      choices.find(choice => choice === text) ?? new Refusal(`${JSON.stringify(text)} is not known`, `use ${all}`),
  };
}

/** A value of the spec: what etcd's keys refuse later is refused here, in the same words. */
function ofSpec<T>(field: { parse: (text: string) => Parsed<T> }): Kind<T> {
  const parse = (text: string) => {
    const result = field.parse(text);
    return result.ok ? result.value : new Refusal(result.error.message, result.error.expected);
  };
  return { shape: "text", secret: false, separator: undefined, parse };
}

export const managers = ofSpec(managersField);
export const image = ofSpec(imageField("", "quay.io/coreos/etcd:v3.6.14"));
export const unitName: Kind<string> = ofSpec({
  parse: text => {
    const error = unitNameError(text);
    return error === undefined ? parsed(text) : rejected(error);
  },
});

export const ipv4 = kind("an IPv4 address", "for example 10.0.0.11", text => (isIPv4(text) ? text : undefined));

const LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
const DOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})*$`, "i");
export const domain = matching("a domain name", "for example cluster.example.com", DOMAIN);
// Digits and dots alone are an address, or a slip in one; never a name.
export const host = kind("an IPv4 address or a host name", "for example 10.0.0.11", text =>
  isIPv4(text) || (DOMAIN.test(text) && !/^[\d.]+$/.test(text)) ? text : undefined,
);

// Blanks, quotes, backslashes and dollars would mean something in an EnvironmentFile= or in a cloud-config.
const PLAIN_URL = /^https?:\/\/[^\s"'\\$`]+$/;
const isUrl = (text: string) => PLAIN_URL.test(text) && URL.canParse(text);
export const url = (example: string) =>
  kind("an http or https URL", `for example ${example}`, text => (isUrl(text) ? text : undefined));
export const secretUrl = kind(
  "an http or https URL",
  "for example https://hooks.slack.com/services/T…/B…/…",
  text => (isUrl(text) ? text : undefined),
  true,
);

const PUBLIC_DISCOVERY = "https://discovery.etcd.io";
/** The original's token: what follows https://discovery.etcd.io/, or a whole URL of another discovery service. */
export const discoveryToken = kind(
  "a discovery token or its URL",
  "for example 3c105a6833136925099b5c8cd0e5bdbd",
  text => {
    if (/^[\w-]+$/.test(text)) return `${PUBLIC_DISCOVERY}/${text}`;
    return isUrl(text) ? text : undefined;
  },
);
export const isPublicDiscovery = (discoveryUrl: string) => discoveryUrl.startsWith(`${PUBLIC_DISCOVERY}/`);

const ABSOLUTE_PATH = /^(\/[\w.@+-]+)+$/;
export const absolutePath = (example: string) => matching("an absolute path", `for example ${example}`, ABSOLUTE_PATH);

/** A file that is on the host already (absolute), or one beside the params file to be shipped in the user-data. */
export type FileSource = { readonly onHost: string } | { readonly shipped: string };
export const fileSource = kind<FileSource>(
  "a path",
  "for example /etc/ssl/etcd/ca.pem (on the host) or tls/ca.pem (beside this file)",
  text => {
    if (ABSOLUTE_PATH.test(text)) return { onHost: text };
    return text === "" || text.startsWith("/") ? undefined : { shipped: text };
  },
);

/** Where a host's own address comes from; one file serves many hosts, so it is never an address itself. */
export type Address =
  | { readonly from: "variable"; readonly variable: "private_ipv4" | "public_ipv4" }
  | { readonly from: "interface"; readonly interface: string }
  | { readonly from: "route"; readonly to: string | undefined };

export const address: Kind<Address> = {
  shape: "text",
  secret: false,
  separator: undefined,
  parse: text => {
    const right = "use interface:NAME, route, route:ADDRESS, or in dialect coreos $private_ipv4 or $public_ipv4";
    if (text === "$private_ipv4" || text === "$public_ipv4")
      return { from: "variable", variable: text === "$private_ipv4" ? "private_ipv4" : "public_ipv4" };
    if (isIPv4(text)) return new Refusal("one file serves many hosts, it cannot hold the address of one", right);
    const [from, argument] = text.split(/:(.*)/s);
    if (from === "route" && (argument === undefined || isIPv4(argument))) return { from, to: argument };
    // IFNAMSIZ: 15 characters and a zero.
    if (from === "interface" && argument !== undefined && /^[^\s/:$]{1,15}$/.test(argument))
      return { from, interface: argument };
    return new Refusal(`${JSON.stringify(text)} does not say where a host's address comes from`, right);
  },
};

export const keyPrefix = matching("a key prefix", "for example /swarmkeeper", /^(\/[\w.-]+)+$/);
export const name = matching("a name of letters, digits, dots, dashes", "for example swarm-1", /^[\w.-]+$/);
export const channel = matching("a channel", 'for example "#ops"', /^[#@]?[^\s"'\\$`#@]+$/u);
export const sha256 = kind("a SHA-256 in 64 hex digits", "take the first word of the release's .sha256 file", text =>
  /^[0-9a-f]{64}$/i.test(text) ? text.toLowerCase() : undefined,
);
export const sshKey: Kind<string> = {
  ...matching(
    "an OpenSSH public key",
    "for example ssh-ed25519 AAAA… me@example.com",
    /^(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/]+=*( [^$]*)?$/,
  ),
  shape: "list",
};
/** Seconds after which etcd forgets a silent host; the range is that of `leaseSeconds` in the agent's configuration. */
export const leaseSeconds = kind("a number of seconds from 5 to 120", "for example 15", text =>
  /^\d+$/.test(text) && Number(text) >= 5 && Number(text) <= 120 ? Number(text) : undefined,
);
