// How much a host's container may do: everything, or, on a machine that itself lacks a capability, everything else.
import { readFileSync } from "node:fs";

/** By bit number, linux/capability.h. Those after AUDIT_READ are unknown to docker 20.10 and not needed. */
const CAPABILITIES = [
  ..."CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE".split(" "),
  ..."NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT".split(" "),
  ..."SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE".split(" "),
  ..."AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ".split(" "),
];

export type Power = { privileged: true } | { privileged: false; capabilities: string[] };

/**
 * `bounding` is this process's own set, a bit a capability; undefined where it cannot be known. A privileged container
 * fails with "unable to apply caps" where the machine lacks one. Without SYS_ADMIN this process is itself in a
 * container, and says nothing about the machine of the engine.
 */
export function powerOf(bounding: bigint | undefined): Power {
  if (bounding === undefined) return { privileged: true };
  const held = CAPABILITIES.filter((_, bit) => (bounding >> BigInt(bit)) & 1n);
  if (held.length === CAPABILITIES.length || !held.includes("SYS_ADMIN")) return { privileged: true };
  return { privileged: false, capabilities: held };
}

/** CapBnd of this process; undefined where there is no /proc. */
export function boundingSet(): bigint | undefined {
  try {
    const hex = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return hex === undefined ? undefined : BigInt(`0x${hex}`);
  } catch {
    return undefined;
  }
}
