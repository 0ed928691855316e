// Tests of rejected values under spec/units: each is rejected with its reason, no node receives it, and the effective
// value stays.
import { describe, expect, it } from "vitest";
import type { Host } from "../lab/host/host.ts";
import { waitFor } from "../lab/wait.ts";
import type { Scenario } from "./lab-scenario.ts";
import { etcdctl, put, status } from "./swarm.ts";
import { isActive, logOf, putFile, webUnit } from "./web-unit.ts";

async function untilRejected(host: Host, path: string, reason: RegExp): Promise<void> {
  await waitFor(`spec/${path} to be rejected: ${reason}`, 30_000, async saw => {
    const { rejected } = await status(host);
    saw(JSON.stringify(rejected));
    return rejected.some(entry => entry.path === `spec/${path}` && reason.test(entry.reason));
  });
}

/** Registers the tests. Every worker runs `web.service` before them. */
export function rejectsBadUnits(scenario: Scenario): void {
  describe("an invalid value under spec/units is rejected with its reason, and the effective value stays", () => {
    it.each([
      ["units/worker", "a/b.service", /slash/],
      ["units/worker", "web.service, web.service", /twice/],
      ["units/worker", "web.servcie", /not a unit name/],
      ["units/worker", "docker.service", /already runs Docker/],
      ["units/worker", "etcd.service", /the agent runs etcd/],
      ["units/worker", "swarmkeeper-agent.service", /part of the agent/],
      ["units/manager", "web.service", /would have no leader/],
    ])("spec/%s is rejected: %s", async (path, value, reason) => {
      const h4 = scenario.host("h4");
      const before = await etcdctl(h4, `get --print-value-only /swarmkeeper/spec/${path}`);
      await put(h4, path, value);
      await untilRejected(h4, path, reason);
      if (before === "") await etcdctl(h4, `del /swarmkeeper/spec/${path}`);
      else await put(h4, path, before);
    });

    it.each([
      ["no [Service]", "[Unit]\nDescription=none\n", /no \[Service\]/],
      ["Windows line ends", webUnit("crlf").replaceAll("\n", "\r\n"), /carriage return/],
      ["bytes that are not UTF-8", Buffer.from([...Buffer.from("[Service]\nExecStart=/bin/"), 0xff, 0xfe]), /UTF-8/],
      ["300 KiB", `[Service]\n${"#".repeat(300 * 1024)}\n`, /KiB is too large/],
    ] satisfies [string, string | Buffer, RegExp][])("the text of a unit is rejected: %s", async (_, text, reason) => {
      const h4 = scenario.host("h4");
      const before = `${await etcdctl(h4, "get --print-value-only /swarmkeeper/spec/units/files/web.service")}\n`;
      const starts = await logOf(h4);
      expect((await putFile(h4, "web.service", text)).code).toBe(0);
      await untilRejected(h4, "units/files/web.service", reason);
      await putFile(h4, "web.service", before);
      expect(await logOf(h4)).toEqual(starts);
    });

    it("etcd rejects a unit text of two megabytes", async () => {
      const { code, stderr } = await putFile(scenario.host("h4"), "web.service", "#".repeat(2 << 20));
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/too large|larger than max/);
    });

    it("a unit name that neither the spec nor the release nor the canary knows is rejected", async () => {
      const h4 = scenario.host("h4");
      const starts = await logOf(h4);
      await put(h4, "units/worker", "web.service, wbe.service");
      await untilRejected(h4, "units/worker", /nobody knows wbe\.service: .* and h\d has no such unit/);
      await waitFor("all workers to run the last good list", 60_000, async saw => {
        const { stdout } = await h4.exec("swarmkeeper rollout status");
        saw(stdout);
        return stdout.includes("complete");
      });
      await put(h4, "units/worker", "web.service");
      await waitFor("no rejected value", 30_000, async () => (await status(h4)).rejected.length === 0);
      expect(await logOf(h4)).toEqual(starts);
      for (const name of ["h4", "h5", "h6", "h7", "h8"])
        expect(await isActive(scenario.host(name), "web.service")).toBe("active");
    });
  });
}
