// HCL that an operator adds to the configuration of every Vault. It is not understood here, but for what would take the
// place of what the agent writes, and for what must not lie in etcd.
import type { ValidationError } from "../validation.ts";
import { parsed, rejected } from "../validation.ts";
import type { Field } from "./field.ts";
import { readHclNames } from "./hcl-names.ts";

const MAX_BYTES = 16 * 1024;
const LEAVE_OUT = "leave it out";

/** As Vault compares names: in upper or lower case, and by Unicode's folding. */
const GUARDED: readonly { readonly names: RegExp; readonly why: string; readonly expected: string }[] = [
  {
    names: /^(ha_)?(storage|backend)$/iu,
    why: "where Vault keeps its data is said by spec/vault/storage",
    expected: LEAVE_OUT,
  },
  {
    names: /^(listener|api_addr|cluster_addr)$/iu,
    why: "where Vault listens is the host's address and spec/vault/port",
    expected: LEAVE_OUT,
  },
  { names: /^disable_mlock$/iu, why: "it is true already", expected: LEAVE_OUT },
  {
    // Of seals: transit, awskms, alicloudkms, azurekeyvault, pkcs11; and whatever else calls a secret by its name.
    names: /(^|[._-])(token|password|passphrase|secret|pin|(secret|access|private|api)_key)$/iu,
    why: "what is secret does not belong in etcd",
    expected: "put it as a variable into /etc/swarmkeeper/vault-seal.env on each manager",
  },
];

export const vaultConfig: Field<string> = {
  description: "HCL that is added to the configuration of every Vault, such as seal or telemetry",
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

/** A name that is not for this key, wherever it stands; or a text that cannot be judged, with which no Vault starts. */
function guardedError(text: string): ValidationError | undefined {
  const { names, error } = readHclNames(text);
  for (const { name, offset, length } of names) {
    const guard = GUARDED.find(({ names: guarded }) => guarded.test(name));
    if (guard === undefined) continue;
    const message = `${name} is not for this key: ${guard.why}`;
    return { ...resolvePath(text, offset), length, message, expected: guard.expected };
  }
  if (error === undefined) return undefined;
  const { offset, ...found } = error;
  return { ...resolvePath(text, offset), ...found };
}

function resolvePath(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
