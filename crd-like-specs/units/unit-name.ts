// Checks the names of systemd units in the spec. The name must be valid in systemd, and must not be a unit that the
// node itself, Docker, etcd or the agent needs, because a mistake in a key must never stop a node.
import type { ValidationError } from "../validation.ts";

export const CONTROLLER_UNIT = "swarmkeeper-controller.service";
/** Runs on managers as spec/vault requires. No list may name it. */
export const VAULT_UNIT = "vault.service";

const KINDS = ["service", "timer", "socket", "mount", "path", "target"];
/** systemd.unit(5): ASCII letters, digits and `:-_.\`, `@` before an instance, 255 bytes in all. */
const NAME = new RegExp(`^[A-Za-z0-9:_.\\\\-]+(@[A-Za-z0-9:_.\\\\-]*)?\\.(${KINDS.join("|")})$`);

export const UNIT_NAME_PATTERN = NAME.source;

const GUARDED: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /^(docker|containerd)\.(service|socket)$/, why: "every node already runs Docker for the swarm" },
  { pattern: /^(etcd|etcd-member|etcd2)\.service$/, why: "the agent runs etcd, as a member or as a proxy" },
  { pattern: /^swarmkeeper-(agent|etcd-member|etcd-proxy)\./, why: "it is part of the agent" },
  {
    pattern: /^(systemd-.*|dbus|dbus-broker|sshd?|sshd@.*|init)\.(service|socket|path|timer)$/,
    why: "the node cannot work without it",
  },
  {
    pattern:
      /^(reboot|poweroff|halt|kexec|soft-reboot|shutdown|umount|final|exit|rescue|emergency|sleep|suspend|hibernate|ctrl-alt-del)\.target$/,
    why: "it would stop the node",
  },
];

/** Why the name of a unit is rejected, or undefined. */
export function unitNameError(name: string): Pick<ValidationError, "message" | "expected"> | undefined {
  const expected = `use a name such as web.service (${KINDS.join(", ")})`;
  const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 57)}…` : name);
  if (name.includes("/")) return { message: `${shown} contains a slash, but a unit name is not a path`, expected };
  if (name.startsWith(".")) return { message: `${shown} starts with a dot, which hides the file`, expected };
  if (/\s/.test(name))
    return { message: `${shown} contains white space`, expected: "put each unit on a separate line" };
  if (!/\.[a-z]+$/.test(name)) {
    return { message: `${shown} has no suffix`, expected: `add one of .${KINDS.join(", .")}` };
  }
  if (name.length > 255) return { message: `${shown} is longer than 255 characters`, expected };
  if (!NAME.test(name)) return { message: `${shown} is not a unit name`, expected };
  const guard = GUARDED.find(({ pattern }) => pattern.test(name));
  return guard === undefined
    ? undefined
    : { message: `${name} is not allowed in the spec: ${guard.why}`, expected: "leave it out" };
}
