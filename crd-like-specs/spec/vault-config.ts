// HCL that an operator adds to the configuration of every Vault. It is not understood here, but for what would take the
// place of what the agent writes, and for what must not lie in etcd.
import type { ValidationError } from "../validation.ts";
import { parsed, rejected } from "../validation.ts";
import type { Field } from "./field.ts";

const MAX_BYTES = 16 * 1024;
const LEAVE_OUT = "leave it out";

const GUARDED: readonly { readonly names: readonly string[]; readonly why: string; readonly expected: string }[] = [
  {
    names: ["storage", "backend", "ha_storage", "ha_backend"],
    why: "where Vault keeps its data is said by spec/vault/storage",
    expected: LEAVE_OUT,
  },
  {
    names: ["listener", "api_addr", "cluster_addr"],
    why: "where Vault listens is the host's address and spec/vault/port",
    expected: LEAVE_OUT,
  },
  { names: ["disable_mlock"], why: "it is true already", expected: LEAVE_OUT },
  {
    names: ["token", "password", "secret_key", "access_key", "client_secret"],
    why: "what is secret does not belong in etcd",
    expected: "put it as a variable into /etc/swarmkeeper/vault-seal.env on each manager",
  },
];

export const vaultConfig: Field<string> = {
  about: "HCL that is added to the configuration of every Vault, such as seal or telemetry",
  default: "",
  secret: true,
  schema: { type: "string", maxLength: MAX_BYTES },
  render: text => text,
  parse: text => {
    const error = sizeError(text) ?? guardedError(text);
    return error === undefined ? parsed(text.trim() === "" ? "" : `${text.trim()}\n`) : rejected(error);
  },
};

function sizeError(text: string): ValidationError | undefined {
  const bytes = new TextEncoder().encode(text).length;
  return bytes > MAX_BYTES
    ? {
        message: `${Math.ceil(bytes / 1024)} KiB are too many for a configuration`,
        expected: `use ${MAX_BYTES / 1024} KiB at most`,
      }
    : undefined;
}

/** A line that begins with such a name, as a key or as a block. */
function guardedError(text: string): ValidationError | undefined {
  for (const [index, line] of text.split("\n").entries()) {
    const name = /^\s*"?(\w+)"?\s*["={]/.exec(line)?.[1];
    const guard = name === undefined ? undefined : GUARDED.find(({ names }) => names.includes(name));
    if (guard)
      return {
        line: index + 1,
        column: line.search(/\S/) + 1,
        message: `${name} is not for this key: ${guard.why}`,
        expected: guard.expected,
      };
  }
  return undefined;
}
