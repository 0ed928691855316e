// The twin of systemd: services whose files lie on some disk, started and stopped on a clock that a simulation turns.
// It knows what swarmkeeper relies on: jobs that wait, failures, automatic restarts, enabling; no dependencies.
import type { Clock } from "../../../drivers/clock/port.ts";
import { type Systemd, SystemdError, type UnitState } from "../../../drivers/systemd/port.ts";
import { ordinaryPrograms, type Program, type ProgramOf } from "./program.ts";
import { parseUnitFile, type UnitFile } from "./unit-file.ts";

export interface FakeSystemdOptions {
  readonly clock: Clock;
  /** The text of a unit file on this machine's disk, undefined where there is none. */
  readonly unitFile: (name: string) => string | undefined;
  /** What a unit's program does; undefined leaves it to `ordinaryPrograms`. */
  readonly program?: ProgramOf;
  /** Told of each ExecStop that runs. */
  readonly stopped?: (unit: string, command: string) => void;
}

type Active = "active" | "inactive" | "failed" | "activating" | "deactivating";

interface Unit {
  readonly name: string;
  /** As last loaded; undefined where there was no file. */
  file: UnitFile | undefined;
  active: Active;
  sub: string;
  result: string;
  restarts: number;
  since: number | undefined;
  begun: number | undefined;
  /** Moments of the latest starts, for the start limit. */
  starts: number[];
  /** What the present run waits for; called off when the run is over. */
  run: AbortController;
  job: Promise<void> | undefined;
}

export class FakeSystemd implements Systemd {
  readonly #clock: Clock;
  readonly #unitFile: FakeSystemdOptions["unitFile"];
  readonly #program: ProgramOf;
  readonly #stopped: (unit: string, command: string) => void;
  readonly #units = new Map<string, Unit>();
  readonly #enabled = new Set<string>();
  #stopping = false;
  #up = true;

  constructor({ clock, unitFile, program, stopped }: FakeSystemdOptions) {
    this.#clock = clock;
    this.#unitFile = unitFile;
    this.#program = program ?? (() => undefined);
    this.#stopped = stopped ?? (() => {});
  }

  async show(units: readonly string[]): Promise<UnitState[]> {
    this.#mustRun();
    return units.map(name => {
      const { file, active, sub, result, restarts, since, begun } = this.#load(name);
      const load = file === undefined ? "not-found" : file.sound ? "loaded" : "bad-setting";
      const { type, remains } = file ?? { type: name.endsWith(".service") ? "simple" : "", remains: false };
      const enabled = this.#isEnabled(name);
      return { name, load, type, remains, active, sub, result, restarts, since, begun, enabled };
    });
  }

  async start(name: string): Promise<void> {
    this.#mustRun();
    const unit = this.#mustLoad(name);
    if (unit.active === "active") return;
    if (unit.job !== undefined) return unit.job;
    unit.restarts = 0;
    await this.#begin(unit);
  }

  async stop(name: string): Promise<void> {
    this.#mustRun();
    const unit = this.#load(name);
    if (unit.file === undefined && unit.active === "inactive") throw noSuchUnit(name);
    this.#halt(unit);
  }

  async restart(name: string): Promise<void> {
    this.#mustRun();
    const unit = this.#mustLoad(name);
    this.#halt(unit);
    await this.start(name);
  }

  #halt(unit: Unit): void {
    if (unit.active === "inactive" || unit.active === "failed") return;
    if (unit.active === "active" && unit.file?.stop) this.#stopped(unit.name, unit.file.stop);
    this.#end(unit, "success");
  }

  async enable(name: string): Promise<void> {
    this.#mustRun();
    if (this.#unitFile(name) === undefined) throw noSuchUnit(name);
    this.#enabled.add(name);
  }

  async disable(name: string): Promise<void> {
    this.#mustRun();
    if (this.#unitFile(name) === undefined && !this.#enabled.has(name)) throw noSuchUnit(name);
    this.#enabled.delete(name);
  }

  async refresh(names: readonly string[]): Promise<void> {
    this.#mustRun();
    for (const name of names) this.#load(name).file = this.#readFile(name);
  }

  async resetFailed(name: string): Promise<void> {
    this.#mustRun();
    const unit = this.#mustLoad(name);
    unit.starts = [];
    if (unit.active === "failed") this.#end(unit, "success");
  }

  async stopping(): Promise<boolean> {
    this.#mustRun();
    return this.#stopping;
  }

  /** The machine begins to go down; jobs still work. */
  shutDown(): void {
    this.#stopping = true;
  }

  /** Loss of power: every program ends at once, every call fails until `boot`. */
  kill(): void {
    this.#up = false;
    for (const unit of this.#units.values()) unit.run.abort();
    this.#units.clear();
  }

  /** Starts what is enabled. */
  boot(): void {
    this.#up = true;
    this.#stopping = false;
    for (const name of this.#enabled) this.start(name).catch(() => {}); // a unit that fails is told by show
  }

  /** A program ends by itself, as a crash with this exit code or signal does. */
  crash(name: string): void {
    const unit = this.#load(name);
    if (unit.active === "active") this.#ended(unit, 1);
  }

  #mustRun(): void {
    if (!this.#up) throw new SystemdError("unreachable", "systemctl could not be run: the machine is off");
  }

  #readFile(name: string): UnitFile | undefined {
    const text = this.#unitFile(name) ?? this.#unitFile(name.replace(/@[^.]*/, "@")); // an instance is by its template
    return text === undefined ? undefined : parseUnitFile(name, text);
  }

  /** A unit that is not running is read anew each time; one that runs keeps what it was started with until a reload. */
  #load(name: string): Unit {
    const known = this.#units.get(name);
    if (known !== undefined) {
      if (known.active === "inactive") known.file = this.#readFile(name);
      return known;
    }
    const unit: Unit = {
      name,
      file: this.#readFile(name),
      active: "inactive",
      sub: "dead",
      result: "success",
      restarts: 0,
      since: undefined,
      begun: undefined,
      starts: [],
      run: new AbortController(),
      job: undefined,
    };
    this.#units.set(name, unit);
    return unit;
  }

  #mustLoad(name: string): Unit {
    const unit = this.#load(name);
    if (unit.file === undefined) throw noSuchUnit(name);
    return unit;
  }

  #isEnabled(name: string): boolean {
    return this.#enabled.has(name) && this.#readFile(name)?.installable === true;
  }

  #enter(unit: Unit, active: Active, sub: string): void {
    if (unit.active !== active) unit.since = this.#clock.now();
    unit.active = active;
    unit.sub = sub;
  }

  /** Starts the program; resolves when the start job is done, as the unit's type has it. */
  async #begin(unit: Unit): Promise<void> {
    const { file } = unit;
    if (file === undefined) throw noSuchUnit(unit.name);
    if (!file.sound) throw new SystemdError("job-failed", `Unit ${unit.name} has a bad unit file setting.`);
    if (file.type === "") {
      unit.begun = this.#clock.now();
      this.#enter(unit, "active", file.activeSub);
      return;
    }
    const now = this.#clock.monotonic();
    unit.starts = [...unit.starts.filter(start => now - start < file.startLimitMs), now];
    if (unit.starts.length > file.startLimitBurst) {
      this.#enter(unit, "failed", "failed");
      throw jobFailed(unit.name, "start of the service was attempted too often");
    }
    unit.result = "success";
    unit.begun = this.#clock.now();
    unit.run = new AbortController();
    const program =
      this.#program(unit.name, file.command, unit.run.signal) ?? ordinaryPrograms(unit.name, file.command);
    if (file.type === "simple" || file.type === "exec") {
      this.#enter(unit, "active", file.activeSub);
      this.#await(unit, program);
      return;
    }
    this.#enter(unit, "activating", "start");
    unit.job = this.#startJob(unit, file, program).finally(() => {
      unit.job = undefined;
    });
    await unit.job;
  }

  async #startJob(unit: Unit, file: UnitFile, program: Program): Promise<void> {
    const { run } = unit;
    const oneshot = file.type === "oneshot";
    const doneMs = oneshot ? program.endsMs : Math.min(program.readyMs, program.endsMs);
    const timesOut = doneMs > file.startTimeoutMs;
    await this.#sleep(timesOut ? file.startTimeoutMs : doneMs, run.signal);
    if (run.signal.aborted) throw new SystemdError("job-failed", `Job for ${unit.name} canceled.`);
    if (timesOut) {
      this.#end(unit, "timeout");
      throw jobFailed(unit.name, "a timeout was exceeded");
    }
    if (oneshot || program.endsMs <= program.readyMs) {
      this.#ended(unit, program.code);
      if (program.code !== 0 || !oneshot) throw jobFailed(unit.name, "the control process exited with error code");
      return;
    }
    this.#enter(unit, "active", file.activeSub);
    this.#await(unit, { ...program, endsMs: program.endsMs - program.readyMs });
  }

  /** What happens when the running program ends by itself. */
  #await(unit: Unit, program: Program): void {
    const { run } = unit;
    if (program.endsMs === Number.POSITIVE_INFINITY) return;
    void this.#sleep(program.endsMs, run.signal).then(() => {
      if (!run.signal.aborted) this.#ended(unit, program.code);
    });
  }

  #ended(unit: Unit, code: number): void {
    const { file } = unit;
    if (file?.type === "oneshot" && file.remains && code === 0) {
      this.#enter(unit, "active", "exited");
      return;
    }
    this.#end(unit, code === 0 ? "success" : "exit-code");
    if (file === undefined || !(file.restart === "always" || (file.restart === "on-failure" && code !== 0))) return;
    this.#enter(unit, "activating", "auto-restart");
    const { run } = unit;
    void this.#sleep(file.restartMs, run.signal).then(async () => {
      if (run.signal.aborted) return;
      unit.restarts += 1;
      await this.#begin(unit).catch(() => {}); // told by show
    });
  }

  #end(unit: Unit, result: string): void {
    unit.run.abort();
    unit.run = new AbortController();
    unit.result = result;
    if (result === "success") this.#enter(unit, "inactive", "dead");
    else this.#enter(unit, "failed", "failed");
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(ms, signal).catch(() => {});
  }
}

const noSuchUnit = (name: string) => new SystemdError("no-such-unit", `Unit ${name} not found.`);

const jobFailed = (name: string, why: string) =>
  new SystemdError("job-failed", `Job for ${name} failed because ${why}.`);
