// systemd through systemctl. The calls of the D-Bus libraries never settle when the bus dies, while a program can have
// a deadline.
import type { Ended, Exec } from "./exec.ts";
import { localExec } from "./exec.ts";
import type { Systemd } from "./port.ts";
import { SystemdError, type SystemdErrorKind, type UnitState } from "./port.ts";
import { parseShow, shownProperties } from "./show.ts";

export interface SystemdTimeouts {
  /** For show, enable, disable, refresh and stopping. Default 15 s (chosen). */
  readonly callMs?: number;
  /** For start, stop and restart, which wait for the job. Default 120 s, a little more than systemd's own 90 s. */
  readonly jobMs?: number;
}

/** The systemd that `exec` reaches. Default: this host's. */
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
   * Whether systemd has already loaded the current files. It forgets a stopped unit that nothing names, and reads its
   * file again when it is shown. A reload is then unnecessary. A reload reads all units of the host, runs their
   * generators, and takes longer than anything else that is done for a unit. NeedDaemonReload compares the files' times
   * with those at loading. It does not exist for templates.
   */
  const areUpToDate = async (units: readonly string[]): Promise<boolean> => {
    const ended = await systemctl(["show", "--property=LoadState,NeedDaemonReload", "--", ...units]);
    return ended.code === 0 && ended.stdout.split("\n").every(line => UP_TO_DATE.has(line));
  };

  return {
    async show(units): Promise<UnitState[]> {
      // Without a unit, systemctl would show the manager itself.
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
      if (!(await areUpToDate(units))) await act("daemon-reload", []);
    },
    resetFailed: unit => act("reset-failed", [unit]),
    async stopping() {
      // The exit code is not 0 for "degraded" either, so only the word counts.
      const ended = await systemctl(["is-system-running"]);
      const state = ended.stdout.trim();
      if (state === "" || state === "offline" || state === "unknown") {
        if (ended.stderr !== "") throw failure("is-system-running", [], ended);
        throw new SystemdError("unreachable", `systemctl is-system-running: it reports "${state}"`);
      }
      return state === "stopping";
    },
  };
}

/** Not "not-found", because an older systemd may report it for a new file. */
const UP_TO_DATE = new Set(["LoadState=loaded", "NeedDaemonReload=no", ""]);

/**
 * The kind comes from the exit code and from systemd's message: `enable` and `disable` exit with 1 for no such unit.
 */
function failure(verb: string, units: readonly string[], ended: Ended): SystemdError {
  const text = ended.stderr.trim() || ended.stdout.trim() || `exit code ${ended.code}`;
  return new SystemdError(kindOf(ended.code, text), `systemctl ${[verb, ...units].join(" ")}: ${text}`);
}

function kindOf(code: number, text: string): SystemdErrorKind {
  if (/connect to (system )?(scope )?bus|not been booted with systemd/i.test(text)) return "unreachable";
  if (code === 5 || /Unit (file )?\S+ (not found|does not exist|not loaded)/.test(text)) return "no-such-unit";
  // systemd reports a file that it cannot use before there is a job.
  if (/^Job for |^A dependency job for /m.test(text) || text.includes("has a bad unit file setting"))
    return "job-failed";
  if (/timed out/i.test(text)) return "timeout";
  return "unexpected";
}
