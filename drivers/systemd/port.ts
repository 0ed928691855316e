// What swarmkeeper needs of systemd: the state of units, jobs on them, and whether the machine is going down.

export interface UnitState {
  readonly name: string;
  /** "loaded", "not-found", "masked", "error", … */
  readonly load: string;
  /** "active", "inactive", "failed", "activating", "deactivating", … */
  readonly active: string;
  readonly sub: string;
  /** "success", "exit-code", "timeout", … */
  readonly result: string;
  /** Automatic restarts so far. */
  readonly restarts: number;
  readonly enabled: boolean;
  /** When the active state was last entered or left, milliseconds since 1970. */
  readonly since: number | undefined;
}

export interface Systemd {
  /** In the order asked; a unit that systemd does not know has load "not-found". */
  show(units: readonly string[]): Promise<UnitState[]>;
  /** Resolves when the job is done; SystemdError `job-failed` when it failed. */
  start(unit: string): Promise<void>;
  stop(unit: string): Promise<void>;
  restart(unit: string): Promise<void>;
  enable(unit: string): Promise<void>;
  disable(unit: string): Promise<void>;
  daemonReload(): Promise<void>;
  /** True once the machine is shutting down or rebooting. */
  stopping(): Promise<boolean>;
}

export type SystemdErrorKind = "no-such-unit" | "job-failed" | "timeout" | "unreachable" | "unexpected";

export class SystemdError extends Error {
  readonly kind: SystemdErrorKind;

  constructor(kind: SystemdErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "SystemdError";
    this.kind = kind;
  }
}
