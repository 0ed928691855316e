import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { iptables } from "../../../drivers/firewall/real.ts";
import { type Dialled, firewallSuite } from "./suite.ts";

const run = promisify(execFile);
/** Addresses reserved for documentation, which no machine of the test has. */
const ADDRESSES = ["198.51.100.1", "198.51.100.2"] as const;
const OTHER_RULE = ["-I", "OUTPUT", "-d", "198.51.100.9", "-p", "tcp", "--dport", "2377", "-j", "DROP"];

const LISTENER = `
  const servers = [2377, 2379].map(port => require("node:net").createServer(s => s.destroy()).listen(port, "0.0.0.0"));
  let listening = 0;
  for (const server of servers) server.on("listening", () => ++listening === servers.length && console.log("listening"));
`;
const DIAL = `
  const [host, port] = process.argv.slice(1);
  const socket = require("node:net").connect({ host, port: Number(port), timeout: 5000 });
  const print = word => { console.log(word); socket.destroy(); };
  socket.on("connect", () => print("answered"));
  socket.on("error", error => print(error.code === "ECONNREFUSED" ? "refused" : error.code));
  socket.on("timeout", () => print("silent"));
`;

firewallSuite("iptables in a separate network namespace", async () => {
  const name = `swk-firewall-${process.pid}`;
  const inside = ["nsenter", `--net=/run/netns/${name}`];
  const there = async (...words: string[]) => (await run("nsenter", [...inside.slice(1), ...words])).stdout;
  await run("ip", ["netns", "add", name]);
  await there("ip", "link", "set", "lo", "up");
  for (const address of ADDRESSES) await there("ip", "address", "add", `${address}/32`, "dev", "lo");
  await there("iptables", "-w", ...OTHER_RULE);
  const listener = spawn("nsenter", [...inside.slice(1), process.execPath, "-e", LISTENER], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(listener.stdout, "data");
  return {
    firewall: iptables([...inside, "iptables"]),
    addresses: ADDRESSES,
    dial: async (address, port) => (await there(process.execPath, "-e", DIAL, address, String(port))).trim() as Dialled,
    rules: async () => (await there("iptables", "-w", "-S", "OUTPUT")).match(/^-A /gm)?.length ?? 0,
    close: async () => {
      // Rules of others are unchanged.
      expect(await there("iptables", "-w", "-S", "OUTPUT")).toMatch(/-A OUTPUT -d 198.51.100.9\/32 .*-j DROP/);
      listener.kill();
      await once(listener, "exit");
      await run("ip", ["netns", "delete", name]);
    },
  };
});

describe("iptables", () => {
  it("reports a host without iptables", async () => {
    await expect(iptables(["/nowhere/iptables"]).block([])).rejects.toMatchObject({ kind: "missing" });
  });

  it("quotes the error of iptables", async () => {
    const block = iptables(["sh", "-c", 'echo "iptables: Permission denied (you must be root)" >&2; exit 4']).block([]);
    await expect(block).rejects.toMatchObject({ kind: "failed", message: expect.stringContaining("you must be root") });
  });
});
