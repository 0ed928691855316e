// What swarmkeeper needs of systemd: the state of units, jobs on them, and whether the host is shutting down.

export interface UnitState {
  readonly name: string;
  /** "loaded", "not-found", "bad-setting", "masked", "error", … */
  readonly load: string;
  /** "simple", "exec", "notify", "oneshot", … for a service. Empty for every other kind of unit. */
  readonly type: string;
  /** RemainAfterExit: a oneshot service stays active after it has finished. */
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
  /** When the last start began, milliseconds since 1970. systemd forgets it for idle units that nothing needs. */
  readonly begun: number | undefined;
}

/** Every call rejects with SystemdError alone, and ends within a time limit. */
export interface Systemd {
  /** In the order of `units`. A unit that systemd does not know has load "not-found". */
  show(units: readonly string[]): Promise<UnitState[]>;
  /** Resolves when the job is done. SystemdError `job-failed` if it failed. The same holds for `stop` and `restart`. */
  start(unit: string): Promise<void>;
  stop(unit: string): Promise<void>;
  restart(unit: string): Promise<void>;
  enable(unit: string): Promise<void>;
  disable(unit: string): Promise<void>;
  /**
   * systemd uses the current unit files of these units (at least one) from now on, after files were written or removed.
   * It may also read those of other units.
   */
  refresh(units: readonly string[]): Promise<void>;
  /** A failed unit becomes inactive, and systemd counts its starts from zero. */
  resetFailed(unit: string): Promise<void>;
  /** True once the host is shutting down or rebooting. */
  stopping(): Promise<boolean>;
}

export type SystemdErrorKind =
  | "no-such-unit"
  | "job-failed" // also: systemd cannot use the unit file
  | "timeout"
  | "unreachable" // systemd did not answer, or systemctl could not be run
  | "unexpected";

/** Every failure of this driver. */
export class SystemdError extends Error {
  readonly kind: SystemdErrorKind;

  constructor(kind: SystemdErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "SystemdError";
    this.kind = kind;
  }
}
