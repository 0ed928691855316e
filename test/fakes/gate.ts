// A gate before each external write of a process, at which a test can end the process or observe the write.
import type { Docker } from "../../drivers/docker/port.ts";
import type { Kv, Leases, Membership } from "../../drivers/etcd/port.ts";
import type { Firewall } from "../../drivers/firewall/port.ts";
import type { Host } from "../../drivers/host/port.ts";
import type { Systemd } from "../../drivers/systemd/port.ts";

type Call = keyof (Kv & Leases & Membership & Docker & Host & Systemd & Firewall);

/** The writes of all ports. Their names are typed, so that a renamed write cannot bypass the gate. */
const names: readonly Call[][] = [
  ["txn", "grant", "revoke", "initSwarm", "joinSwarm", "leaveSwarm", "write", "remove", "block"],
  ["start", "stop", "restart", "enable", "disable", "refresh", "resetFailed"],
  ["addLearner", "promote", "moveLeader", "setRole", "setDrained", "removeNode"],
];
const WRITES: ReadonlySet<string> = new Set(names.flat());

/** Ends a process at its nth external write, before or after the write takes effect. */
export interface Fault {
  readonly call: number;
  readonly when: "before" | "after";
  readonly end: "crash" | "power";
}

/** Called instead of each external write of a process. It calls `write` to let the write pass. */
export type Gate = (name: string, write: () => Promise<unknown>, args: readonly unknown[]) => unknown;

/** The object with each of its writes passed through `gate`. Applies to nested objects too. */
export function guarded<T extends object>(target: T, gate: Gate): T {
  return new Proxy(target, {
    get(_, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value === "object" && value !== null) return guarded(value, gate);
      if (typeof value !== "function") return value;
      const call = (...args: unknown[]) => Reflect.apply(value, target, args) as Promise<unknown>;
      return WRITES.has(String(property))
        ? (...args: unknown[]) => gate(String(property), () => call(...args), args)
        : call;
    },
  });
}

/**
 * A call of a process that has ended. A new promise each time, because a shared one would keep every waiter in memory.
 */
export const never = (): Promise<never> => new Promise(() => {});
