// What the twin of systemd understands of a unit file.

export interface UnitFile {
  /** Empty for a unit that is no service: it is there once it has been started. */
  readonly type: "simple" | "exec" | "oneshot" | "notify" | "";
  /** How it is called while it is active. */
  readonly activeSub: string;
  /** Whether systemd can use it. */
  readonly sound: boolean;
  readonly command: readonly string[];
  /** Its ExecStop, empty where it has none. */
  readonly stop: string;
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

const ACTIVE_SUBS: Readonly<Record<string, string>> = {
  service: "running",
  timer: "waiting",
  path: "waiting",
  socket: "listening",
  mount: "mounted",
};
const TYPES = ["exec", "oneshot", "notify"] as const;

/** Keys that it does not know are passed over, as systemd does. */
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
    sound: !service || value("ExecStart") !== undefined,
    command: (value("ExecStart") ?? "").replace(/^[-@:+!]+/, "").split(/\s+/),
    stop: value("ExecStop") ?? "",
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
