// The part of a unit file that the fake of systemd uses.

export interface UnitFile {
  /** Empty for a unit that is not a service. It is active once it has been started. */
  readonly type: "simple" | "exec" | "oneshot" | "notify" | "";
  /** The sub state while it is active. */
  readonly activeSub: string;
  /** Whether systemd can use the file. */
  readonly valid: boolean;
  readonly command: readonly string[];
  /** Its ExecStop. Empty if it has none. */
  readonly stop: string;
  readonly remains: boolean;
  readonly restart: "no" | "always" | "on-failure";
  readonly restartMs: number;
  readonly startTimeoutMs: number;
  /** More starts than `startLimitBurst` within this time fail. */
  readonly startLimitMs: number;
  readonly startLimitBurst: number;
  /** Whether it has an [Install] section. Without one, enabling leaves it static. */
  readonly installable: boolean;
}

const ACTIVE_SUBS: Readonly<Record<string, string>> = {
  service: "running",
  timer: "waiting",
  path: "waiting",
  socket: "listening",
  mount: "mounted",
};
const TYPES = ["exec", "oneshot", "notify"] as const;

/** Parses the text of the unit `name`. Ignores unknown keys, as systemd does. */
export function parseUnitFile(name: string, text: string): UnitFile {
  const kind = name.slice(name.lastIndexOf(".") + 1);
  const lines = text.split("\n").map(line => line.trim());
  const value = (key: string) => lines.findLast(line => line.startsWith(`${key}=`))?.slice(key.length + 1);
  const service = kind === "service";
  const type = TYPES.find(known => known === value("Type")) ?? "simple";
  const restart = value("Restart");
  return {
    type: service ? type : "",
    activeSub: ACTIVE_SUBS[kind] ?? "active",
    valid: !service || value("ExecStart") !== undefined,
    command: (value("ExecStart") ?? "").replace(/^[-@:+!]+/, "").split(/\s+/),
    stop: value("ExecStop") ?? "",
    remains: value("RemainAfterExit") === "yes",
    restart: restart === "always" ? "always" : restart === undefined || restart === "no" ? "no" : "on-failure",
    restartMs: timeSpan(value("RestartSec"), 100),
    // A oneshot has no start timeout.
    startTimeoutMs: timeSpan(value("TimeoutStartSec"), type === "oneshot" ? Number.POSITIVE_INFINITY : 90_000),
    startLimitMs: timeSpan(value("StartLimitIntervalSec"), 10_000),
    startLimitBurst: Number(value("StartLimitBurst") ?? 5),
    installable: lines.includes("[Install]"),
  };
}

/** Milliseconds of "5", "5s", "200ms", "2min" or "infinity". */
function timeSpan(text: string | undefined, otherwiseMs: number): number {
  if (text === "infinity") return Number.POSITIVE_INFINITY;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|min)?$/.exec(text ?? "") ?? [];
  if (amount === undefined) return otherwiseMs;
  return Number(amount) * (unit === "ms" ? 1 : unit === "min" ? 60_000 : 1_000);
}
