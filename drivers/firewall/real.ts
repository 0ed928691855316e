// The firewall through iptables. Docker needs it on a host too, and it works with both of the kernel's packet filters.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Firewall, FirewallError } from "./port.ts";

const run = promisify(execFile);

/** The comment of swarmkeeper's rules. A rule without it is never touched. */
const MARK = "swarmkeeper-blocked";
/** The limit of one call (chosen): another program that reloads all tables holds iptables' lock for seconds. */
const TIMEOUT_MS = 10_000;

/** `command`: the program and its first arguments, followed by those of iptables. Default: "iptables". */
export function iptables(command: readonly string[] = ["iptables"]): Firewall {
  return {
    async block(addresses) {
      const present = ourRules(await call(command, ["-S", "OUTPUT"]));
      const absent = new Set(addresses);
      // One rule per address stays. All others of ours are deleted.
      for (const rule of present)
        if (!absent.delete(rule.address)) await call(command, ["-D", "OUTPUT", ...rule.words]);
      for (const address of absent) await call(command, ["-I", "OUTPUT", ...ruleFor(address)]);
    },
  };
}

/** A reset, because docker dials a dropped or unreachable address again until its own time-outs. */
const ruleFor = (address: string): string[] =>
  `-d ${address} -p tcp --dport 2377 -m comment --comment ${MARK} -j REJECT --reject-with tcp-reset`.split(" ");

/**
 * Our rules in a listing: "-A OUTPUT -d 10.0.0.3/32 -p tcp … --comment swarmkeeper-blocked …". They contain no quotes.
 */
function ourRules(listing: string): { address: string; words: string[] }[] {
  return listing.split("\n").flatMap(line => {
    const [append, , ...words] = line.trim().split(" ");
    if (append !== "-A" || !words.includes(MARK)) return [];
    const address = words[words.indexOf("-d") + 1]?.replace(/\/32$/, "") ?? "";
    return [{ address, words }];
  });
}

/** Resolves to the output. Rejects with FirewallError. */
async function call(command: readonly string[], args: readonly string[]): Promise<string> {
  const [program = "", ...before] = command;
  const options = { timeout: TIMEOUT_MS, killSignal: "SIGKILL" as const, env: { ...process.env, LC_ALL: "C" } };
  try {
    return (await run(program, [...before, "-w", ...args], options)).stdout;
  } catch (cause) {
    throw firewallError(`${command.join(" ")} ${args.join(" ")}`, cause);
  }
}

function firewallError(attempt: string, cause: unknown): FirewallError {
  if (!(cause instanceof Error)) return new FirewallError("failed", `${attempt}: ${cause}`);
  const { code, killed, stderr } = cause as Error & { code?: unknown; killed?: boolean; stderr?: string };
  if (code === "ENOENT") return new FirewallError("missing", "there is no iptables on this host", { cause });
  if (killed) return new FirewallError("timeout", `${attempt}: not done in ${TIMEOUT_MS / 1000} s`, { cause });
  return new FirewallError("failed", `${attempt}: ${stderr?.trim() || cause.message}`, { cause });
}
