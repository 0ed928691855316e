// The fields of a params file. Each parses a text without a YAML type: a token of digits keeps its leading zeros, and
// `3` and `"3"` mean the same.
import { isIPv4 } from "node:net";
import { orList } from "../crd-like-specs/lists.ts";
import { image as imageField } from "../crd-like-specs/settings/image.ts";
import { managers as managersField } from "../crd-like-specs/settings/managers.ts";
import { unitNameError } from "../crd-like-specs/units/unit-name.ts";
import { type Parser, parsed, rejected } from "../crd-like-specs/validation.ts";

/** The field of one key. `parse` reads one scalar, or one entry of a list. */
export interface ParamField<T> extends Parser<T> {
  /** A `text` is one scalar; a `list` is a YAML list of scalars, or one scalar. */
  readonly shape: "text" | "list";
  /** Splits a scalar that replaces a list; undefined if the scalar is a single entry. */
  readonly separator: RegExp | undefined;
}

const textField = <T>({ parse, secret = false }: Parser<T>): ParamField<T> => ({
  shape: "text",
  separator: undefined,
  secret,
  parse,
});

/** `what` completes "… is not …"; `expected` has an example of a valid value, or where to find it. */
function field<T>(
  what: string,
  expected: string,
  read: (text: string) => T | undefined,
  secret = false,
): ParamField<T> {
  const parse = (text: string) => {
    const value = read(text);
    if (value !== undefined) return parsed(value);
    return rejected({ message: `${secret ? "the value" : JSON.stringify(text)} is not ${what}`, expected });
  };
  return textField({ parse, secret });
}

const matching = (what: string, expected: string, pattern: RegExp) =>
  field(what, expected, text => (pattern.test(text) ? text : undefined));

/** A list, which may also be one scalar with commas or white space between the entries. */
export const listOf = <T>(entry: ParamField<T>): ParamField<T> => ({ ...entry, shape: "list", separator: /[\s,]+/ });

export function oneOf<T extends string>(...choices: readonly T[]): ParamField<T> {
  const parse = (text: string) => {
    const choice = choices.find(one => one === text);
    return choice === undefined
      ? rejected({ message: `${JSON.stringify(text)} is not known`, expected: `use ${orList(choices)}` })
      : parsed(choice);
  };
  return textField<T>({ parse });
}

// Fields of the spec: a value that the spec would reject is rejected here with the same message.
export const managers = textField(managersField);
export const image = textField(imageField("", "quay.io/coreos/etcd:v3.6.14"));
export const unitName = textField<string>({
  parse: text => {
    const error = unitNameError(text);
    return error === undefined ? parsed(text) : rejected(error);
  },
});

export const ipv4 = field("an IPv4 address", "for example 10.0.0.11", text => (isIPv4(text) ? text : undefined));

const LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
const DOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})*$`, "i");
export const domain = matching("a domain name", "for example cluster.example.com", DOMAIN);
// Only digits and dots are an address, or a typo in one, but never a name.
export const hostname = field("an IPv4 address or a host name", "for example 10.0.0.11", text =>
  isIPv4(text) || (DOMAIN.test(text) && !/^[\d.]+$/.test(text)) ? text : undefined,
);

// Blanks, quotes, backslashes and dollars have a meaning in an EnvironmentFile= or in a cloud-config.
const PLAIN_URL = /^https?:\/\/[^\s"'\\$`]+$/;
const isUrl = (text: string) => PLAIN_URL.test(text) && URL.canParse(text);
export const url = (example: string) =>
  field("an http or https URL", `for example ${example}`, text => (isUrl(text) ? text : undefined));
export const secretUrl = field(
  "an http or https URL",
  "for example https://hooks.slack.com/services/T…/B…/…",
  text => (isUrl(text) ? text : undefined),
  true,
);

const PUBLIC_DISCOVERY = "https://discovery.etcd.io";
/**
 * The token of coreos-docker-swarm-cluster: what follows https://discovery.etcd.io/, or the URL of another discovery
 * service.
 */
export const discoveryToken = field(
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

/** An absolute path of a file on the node, or a path relative to the params file, for the user-data. */
export type FileSource = { readonly onNode: string } | { readonly shipped: string };
export const fileSource = field<FileSource>(
  "a path",
  "for example /etc/ssl/etcd/ca.pem (on the node) or tls/ca.pem (next to this file)",
  text => {
    if (ABSOLUTE_PATH.test(text)) return { onNode: text };
    return text === "" || text.startsWith("/") ? undefined : { shipped: text };
  },
);

/** How a node finds its own address. Never a literal address, because one file serves many nodes. */
export type Address =
  | { readonly from: "variable"; readonly variable: "private_ipv4" | "public_ipv4" }
  | { readonly from: "interface"; readonly interface: string }
  | { readonly from: "route"; readonly to: string | undefined };

export const address = textField<Address>({
  parse: text => {
    const expected = "use interface:NAME, route, route:ADDRESS, or in dialect coreos $private_ipv4 or $public_ipv4";
    if (text === "$private_ipv4" || text === "$public_ipv4")
      return parsed({ from: "variable", variable: text === "$private_ipv4" ? "private_ipv4" : "public_ipv4" });
    if (isIPv4(text))
      return rejected({
        message: "one file serves many nodes, so it cannot contain the address of one node",
        expected,
      });
    const [from, argument] = text.split(/:(.*)/s);
    if (from === "route" && (argument === undefined || isIPv4(argument))) return parsed({ from, to: argument });
    // IFNAMSIZ allows 15 characters and a zero byte.
    if (from === "interface" && argument !== undefined && /^[^\s/:$]{1,15}$/.test(argument))
      return parsed({ from, interface: argument });
    const message = `${JSON.stringify(text)} does not define how a node finds its address`;
    return rejected({ message, expected });
  },
});

export const keyPrefix = matching("a key prefix", "for example /swarmkeeper", /^(\/[\w.-]+)+$/);
export const name = matching("a name of letters, digits, dots, dashes", "for example swarm-1", /^[\w.-]+$/);
export const channel = matching("a Slack channel", 'for example "#ops"', /^[#@]?[^\s"'\\$`#@]+$/u);
export const sha256 = field("a SHA-256 in 64 hex digits", "use the first word of the release's .sha256 file", text =>
  /^[0-9a-f]{64}$/i.test(text) ? text.toLowerCase() : undefined,
);
export const sshKey: ParamField<string> = {
  ...matching(
    "an OpenSSH public key",
    "for example ssh-ed25519 AAAA… me@example.com",
    /^(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/]+=*( [^$]*)?$/,
  ),
  shape: "list",
};
/**
 * Seconds after which the registration of a node expires. The range is that of `leaseSeconds` in the agent's
 * configuration.
 */
export const leaseSeconds = field("a number of seconds from 5 to 120", "for example 15", text =>
  /^\d+$/.test(text) && Number(text) >= 5 && Number(text) <= 120 ? Number(text) : undefined,
);
