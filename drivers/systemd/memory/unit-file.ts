// What the twin of systemd understands of a unit file.

export interface UnitFile {
  readonly type: "simple" | "oneshot" | "notify";
  readonly command: readonly string[];
  readonly remains: boolean;
  readonly restart: "no" | "always" | "on-failure";
  readonly restartMs: number;
  readonly startTimeoutMs: number;
  /** More starts than `startLimitBurst` within this time fail. */
  readonly startLimitMs: number;
  readonly startLimitBurst: number;
  /** It has an [Install] section, without which enabling leaves it static. */
  readonly installable: boolean;
}

/** Keys that it does not know are passed over, as systemd does. */
export function parseUnitFile(text: string): UnitFile {
  const lines = text.split("\n").map(line => line.trim());
  const value = (key: string) => lines.findLast(line => line.startsWith(`${key}=`))?.slice(key.length + 1);
  const type = value("Type");
  const restart = value("Restart");
  return {
    type: type === "oneshot" ? "oneshot" : type === "notify" ? "notify" : "simple",
    command: (value("ExecStart") ?? "").replace(/^[-@:+!]+/, "").split(/\s+/),
    remains: value("RemainAfterExit") === "yes",
    restart: restart === "always" ? "always" : restart === undefined || restart === "no" ? "no" : "on-failure",
    restartMs: timeSpan(value("RestartSec"), 100),
    // A oneshot may take as long as it likes.
    startTimeoutMs: timeSpan(value("TimeoutStartSec"), type === "oneshot" ? Number.POSITIVE_INFINITY : 90_000),
    startLimitMs: timeSpan(value("StartLimitIntervalSec"), 10_000),
    startLimitBurst: Number(value("StartLimitBurst") ?? 5),
    installable: lines.includes("[Install]"),
  };
}

/** "5", "5s", "200ms", "2min", "infinity". */
function timeSpan(text: string | undefined, otherwiseMs: number): number {
  if (text === "infinity") return Number.POSITIVE_INFINITY;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|min)?$/.exec(text ?? "") ?? [];
  if (amount === undefined) return otherwiseMs;
  return Number(amount) * (unit === "ms" ? 1 : unit === "min" ? 60_000 : 1_000);
}
