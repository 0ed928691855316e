// A gate before each external write of a process, where a test ends the process or looks at what it does.

const WRITES = new Set([
  ...["txn", "grant", "revoke", "initSwarm", "joinSwarm", "leaveSwarm", "write", "remove", "block"],
  ...["start", "stop", "restart", "enable", "disable", "refresh", "resetFailed"],
  ...["addLearner", "promote", "moveLeader", "setRole", "setDrained", "removeNode"],
]);

/** Ends a process at its nth external write, before or after the write takes effect. */
export interface Fault {
  readonly call: number;
  readonly when: "before" | "after";
  readonly end: "crash" | "power";
}

/** Stands before each external write of a process: told which and with what, it lets it pass or not. */
export type Gate = (name: string, write: () => Promise<unknown>, args: readonly unknown[]) => unknown;

/** The object with each of its writes passed through `gate`; everything in it that is an object alike. */
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

/** What a call of a process that has ended comes to. Each its own: one for all would hold on to every world that waits. */
export const never = (): Promise<never> => new Promise(() => {});
