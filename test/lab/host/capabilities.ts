// The capabilities of a host's container: all of them, or, on a machine that lacks some itself, all the others.
import { readFileSync } from "node:fs";

/** By bit number, linux/capability.h. Docker 20.10 does not know those after AUDIT_READ; the lab does not need them. */
const CAPABILITIES = [
  ..."CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE".split(" "),
  ..."NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT".split(" "),
  ..."SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE".split(" "),
  ..."AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ".split(" "),
];

export type Power = { privileged: true } | { privileged: false; capabilities: string[] };

/**
 * `bounding` is the bounding set of this process, one bit per capability; undefined if it is unknown. A privileged
 * container fails with "unable to apply caps" if the machine lacks a capability. Without SYS_ADMIN this process is
 * itself in a container, and its set does not describe the engine's machine.
 */
export function powerOf(bounding: bigint | undefined): Power {
  if (bounding === undefined) return { privileged: true };
  const held = CAPABILITIES.filter((_, bit) => (bounding >> BigInt(bit)) & 1n);
  if (held.length === CAPABILITIES.length || !held.includes("SYS_ADMIN")) return { privileged: true };
  return { privileged: false, capabilities: held };
}

/** CapBnd of this process; undefined if there is no /proc. */
export function boundingSet(): bigint | undefined {
  try {
    const hex = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return hex === undefined ? undefined : BigInt(`0x${hex}`);
  } catch {
    return undefined;
  }
}
