// What swarmkeeper needs of systemd: the state of units, jobs on them, and whether the machine is going down.

export interface UnitState {
  readonly name: string;
  /** "loaded", "not-found", "bad-setting", "masked", "error", … */
  readonly load: string;
  /** "simple", "exec", "notify", "oneshot", … of a service; empty for every other kind of unit. */
  readonly type: string;
  /** RemainAfterExit: a oneshot that has finished stays active. */
  readonly remains: boolean;
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
  /** When it was last begun to be started, milliseconds since 1970; systemd forgets it of idle units that nothing needs. */
  readonly begun: number | undefined;
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
  /**
   * From now on systemd goes, for these units (at least one), by the files that lie there, whether they were written or
   * taken away. For others it may.
   */
  refresh(units: readonly string[]): Promise<void>;
  /** A unit that failed is inactive again, and its starts are counted anew. */
  resetFailed(unit: string): Promise<void>;
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
