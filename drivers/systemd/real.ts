// systemd through systemctl. The D-Bus libraries were passed over: their calls never settle when the bus dies,
// while a program can be given a deadline.
import type { Ended, Exec } from "./exec.ts";
import { localExec } from "./exec.ts";
import type { Systemd } from "./port.ts";
import { SystemdError, type SystemdErrorKind, type UnitState } from "./port.ts";
import { parseShow, shownProperties } from "./show.ts";

export interface SystemdTimeouts {
  /** For questions and for enable, disable and refresh; 15 s. */
  readonly callMs?: number;
  /** For start, stop and restart, which wait for the job; 120 s, a little more than systemd's own 90. */
  readonly jobMs?: number;
}

/** The systemd that `exec` reaches, this machine's by default. */
export function systemdOver(exec: Exec = localExec, timeouts: SystemdTimeouts = {}): Systemd {
  const callMs = timeouts.callMs ?? 15_000;
  const jobMs = timeouts.jobMs ?? 120_000;

  const systemctl = (args: readonly string[], timeoutMs = callMs): Promise<Ended> =>
    exec("systemctl", ["--no-pager", "--no-ask-password", ...args], { timeoutMs });

  const act = async (verb: string, units: readonly string[], timeoutMs?: number): Promise<void> => {
    const ended = await systemctl([verb, "--", ...units], timeoutMs);
    if (ended.code !== 0) throw failure(verb, units, ended);
  };

  /**
   * What was stopped and nothing names has been forgotten, and was just read anew: then the reload is spared, which reads
   * all units of the machine, runs their generators, and takes longer than anything else that is done for a unit.
   * NeedDaemonReload compares the files' times with those of when they were read. Templates cannot be asked about.
   */
  const areAsTheyLie = async (units: readonly string[]): Promise<boolean> => {
    const ended = await systemctl(["show", "--property=LoadState,NeedDaemonReload", "--", ...units]);
    return ended.code === 0 && ended.stdout.split("\n").every(line => AS_IT_LIES.has(line));
  };

  return {
    async show(units): Promise<UnitState[]> {
      // Asked for no unit, systemctl would tell about the manager itself.
      if (units.length === 0) return [];
      const ended = await systemctl([
        "show",
        "--timestamp=us+utc",
        `--property=${shownProperties.join(",")}`,
        "--",
        ...units,
      ]);
      if (ended.code !== 0) throw failure("show", units, ended);
      return parseShow(units, ended.stdout);
    },
    start: unit => act("start", [unit], jobMs),
    stop: unit => act("stop", [unit], jobMs),
    restart: unit => act("restart", [unit], jobMs),
    enable: unit => act("enable", [unit]),
    disable: unit => act("disable", [unit]),
    async refresh(units) {
      if (!(await areAsTheyLie(units))) await act("daemon-reload", []);
    },
    resetFailed: unit => act("reset-failed", [unit]),
    async stopping() {
      // The exit code is not 0 for "degraded" either: the word alone counts.
      const ended = await systemctl(["is-system-running"]);
      const state = ended.stdout.trim();
      if (state === "" || state === "offline" || state === "unknown")
        throw failure("is-system-running", [], { ...ended, stderr: ended.stderr || `it says "${state}"` });
      return state === "stopping";
    },
  };
}

/** An older systemd may hold a file that is new for not found. */
const AS_IT_LIES = new Set(["LoadState=loaded", "NeedDaemonReload=no", ""]);

/** Exit code 5 is "no such unit" for jobs; `enable` and `disable` exit 1 and say it. */
function failure(verb: string, units: readonly string[], ended: Ended): SystemdError {
  const said = ended.stderr.trim() || ended.stdout.trim() || `exit code ${ended.code}`;
  return new SystemdError(kindOf(ended.code, said), `systemctl ${[verb, ...units].join(" ")}: ${said}`);
}

function kindOf(code: number, said: string): SystemdErrorKind {
  if (/connect to (system )?(scope )?bus|not been booted with systemd|it says "/i.test(said)) return "unreachable";
  if (code === 5 || /Unit (file )?\S+ (not found|does not exist|not loaded)/.test(said)) return "no-such-unit";
  // A file that systemd cannot use is told before there is a job.
  if (/^Job for |^A dependency job for /m.test(said) || said.includes("has a bad unit file setting"))
    return "job-failed";
  if (/timed out/i.test(said)) return "timeout";
  return "unexpected";
}
