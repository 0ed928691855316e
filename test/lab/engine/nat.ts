// Network access for the hosts of a private engine, which sets no iptables rules. The lab adds three rules per network,
// marked with its comment, and removes them with the network. They are the first rules, so that a FORWARD policy of
// DROP has no effect on them.

import { run, which } from "../process.ts";
import { enableForwarding } from "./engine.ts";

/** Lets the hosts of this subnet reach the outside, and each other if bridged packets pass through iptables. */
export async function openAccess(subnet: string): Promise<void> {
  enableForwarding();
  for (const rule of rules(subnet)) {
    if (!(await holds(rule))) await iptables(rule.table, "-I", rule.chain, rule.match);
  }
}

/** Removes the rules of this subnet. */
export async function closeAccess(subnet: string): Promise<void> {
  for (const rule of rules(subnet)) {
    while (await holds(rule)) await iptables(rule.table, "-D", rule.chain, rule.match);
  }
}

interface Rule {
  readonly table: "filter" | "nat";
  readonly chain: string;
  readonly match: readonly string[];
}

function rules(subnet: string): Rule[] {
  const mark = ["-m", "comment", "--comment", "swarmkeeper-lab"];
  return [
    { table: "filter", chain: "FORWARD", match: ["-s", subnet, ...mark, "-j", "ACCEPT"] },
    { table: "filter", chain: "FORWARD", match: ["-d", subnet, ...mark, "-j", "ACCEPT"] },
    { table: "nat", chain: "POSTROUTING", match: ["-s", subnet, "!", "-d", subnet, ...mark, "-j", "MASQUERADE"] },
  ];
}

async function holds(rule: Rule): Promise<boolean> {
  try {
    await iptables(rule.table, "-C", rule.chain, rule.match);
    return true;
  } catch {
    return false;
  }
}

function iptables(table: string, verb: string, chain: string, match: readonly string[]): Promise<string> {
  return run(which("iptables") ?? "iptables", ["-w", "-t", table, verb, chain, ...match]);
}
