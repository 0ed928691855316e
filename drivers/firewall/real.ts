// The firewall through iptables, which docker itself needs on a host: it speaks to both of the kernel's packet filters.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Firewall, FirewallError } from "./port.ts";

const run = promisify(execFile);

/** Marks our rules; a rule without it is not ours to touch. */
const MARK = "swarmkeeper-shunned";
/** A caller that reloads all tables holds iptables' lock for seconds. */
const TIMEOUT_MS = 10_000;

/** `command` is run with iptables' arguments behind its own; "iptables" by default. */
export function iptables(command: readonly string[] = ["iptables"]): Firewall {
  return {
    async block(addresses) {
      const standing = ourRules(await call(command, ["-S", "OUTPUT"]));
      const lacking = new Set(addresses);
      // One rule for an address stays, whatever stands besides it goes.
      for (const rule of standing)
        if (!lacking.delete(rule.address)) await call(command, ["-D", "OUTPUT", ...rule.words]);
      for (const address of lacking) await call(command, ["-I", "OUTPUT", ...ruleFor(address)]);
    },
  };
}

/** A reset, because what is dropped or merely unreachable is dialled again until docker's time-outs. */
const ruleFor = (address: string): string[] =>
  `-d ${address} -p tcp --dport 2377 -m comment --comment ${MARK} -j REJECT --reject-with tcp-reset`.split(" ");

/** Ours in a listing: "-A OUTPUT -d 10.0.0.3/32 -p tcp … --comment swarmkeeper-shunned …". No word of them is quoted. */
function ourRules(listing: string): { address: string; words: string[] }[] {
  return listing.split("\n").flatMap(line => {
    const [append, , ...words] = line.trim().split(" ");
    if (append !== "-A" || !words.includes(MARK)) return [];
    const address = words[words.indexOf("-d") + 1]?.replace(/\/32$/, "") ?? "";
    return [{ address, words }];
  });
}

/** Resolves to what it printed. */
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
