// HCL that an operator adds to the configuration of every Vault. Only names are checked: a setting must not replace one
// that the agent writes, and a secret must not be stored in etcd.
import type { ValidationError } from "../validation.ts";
import { parsed, positionAt, rejected, sizeError } from "../validation.ts";
import type { Field } from "./field.ts";
import { readHclNames } from "./hcl-names.ts";

const MAX_BYTES = 16 * 1024;
const LEAVE_OUT = "leave it out";

/** Matched as Vault matches names: without regard to case, with Unicode case folding. */
const GUARDED: readonly { readonly names: RegExp; readonly why: string; readonly expected: string }[] = [
  {
    names: /^(ha_)?(storage|backend)$/iu,
    why: "spec/vault/storage decides where Vault keeps its data",
    expected: LEAVE_OUT,
  },
  {
    names: /^(listener|api_addr|cluster_addr)$/iu,
    why: "Vault listens on the node's address and the port in spec/vault/port",
    expected: LEAVE_OUT,
  },
  { names: /^disable_mlock$/iu, why: "it is already true", expected: LEAVE_OUT },
  {
    // The seals transit, awskms, alicloudkms, azurekeyvault and pkcs11, and any other setting whose name is that of a
    // secret.
    names: /(^|[._-])(token|password|passphrase|secret|pin|(secret|access|private|api)_key)$/iu,
    why: "a secret does not belong in etcd",
    expected: "set it as a variable in /etc/swarmkeeper/vault-seal.env on each manager",
  },
];

export const vaultConfig: Field<string> = {
  description: "HCL that is appended to the configuration of every Vault, such as seal or telemetry",
  default: "",
  secret: true,
  schema: { type: "string", maxLength: MAX_BYTES },
  render: text => text,
  parse: text => {
    const error = sizeError(text, MAX_BYTES, "a configuration") ?? guardedError(text);
    return error === undefined ? parsed(text.trim() === "" ? "" : `${text.trim()}\n`) : rejected(error);
  },
};

/** A name that this key must not contain, or a text that cannot be read, with which Vault would not start. */
function guardedError(text: string): ValidationError | undefined {
  const { names, error } = readHclNames(text);
  for (const { name, offset, length } of names) {
    const guard = GUARDED.find(({ names: guarded }) => guarded.test(name));
    if (guard === undefined) continue;
    const message = `${name} is not allowed here: ${guard.why}`;
    return { ...positionAt(text, offset), length, message, expected: guard.expected };
  }
  if (error === undefined) return undefined;
  const { offset, ...found } = error;
  return { ...positionAt(text, offset), ...found };
}
