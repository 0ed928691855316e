// Tests of rejected values under spec/units: each is rejected with its reason, no node receives it, and the effective
// value stays.
import { describe, expect, it } from "vitest";
import type { Host } from "../lab/host/host.ts";
import { waitFor } from "../lab/wait.ts";
import type { Scenario } from "./lab-scenario.ts";
import { etcdctl, put, status } from "./swarm.ts";
import { isActive, logOf, putFile, untilRollout, webUnit } from "./web-unit.ts";

/** Waits until this value is rejected, or any value if none is given, with a reason that names its cause. */
async function untilRejected(host: Host, path: string, cause: RegExp, value?: string): Promise<void> {
  await waitFor(`spec/${path} to be rejected: ${cause}`, 30_000, async saw => {
    const { rejected } = await status(host);
    saw(JSON.stringify(rejected));
    return rejected.some(
      entry =>
        entry.path === `spec/${path}` && (value === undefined || entry.value === value) && cause.test(entry.reason),
    );
  });
}

/** Registers the tests. Every worker runs `web.service` before them. */
export function rejectsBadUnits(scenario: Scenario): void {
  describe("an invalid value under spec/units is rejected with its reason, and the effective value stays", () => {
    it.each([
      ["units/worker", "a/b.service", /slash/],
      ["units/worker", "web.service, web.service", /twice/],
      ["units/worker", "web.servcie", /web\.servcie/],
      ["units/worker", "docker.service", /docker/],
      ["units/worker", "etcd.service", /etcd/],
      ["units/worker", "swarmkeeper-agent.service", /agent/],
      ["units/manager", "web.service", /swarmkeeper-controller\.service/],
    ])("spec/%s is rejected: %s", async (path, value, cause) => {
      const h4 = scenario.host("h4");
      const before = await etcdctl(h4, `get --print-value-only /swarmkeeper/spec/${path}`);
      await put(h4, path, value);
      await untilRejected(h4, path, cause, value);
      if (before === "") await etcdctl(h4, `del /swarmkeeper/spec/${path}`);
      else await put(h4, path, before);
    });

    it.each([
      ["no [Service]", "[Unit]\nDescription=none\n", /\[Service\]/],
      ["Windows line ends", webUnit("crlf").replaceAll("\n", "\r\n"), /carriage return/],
      ["bytes that are not UTF-8", Buffer.from([...Buffer.from("[Service]\nExecStart=/bin/"), 0xff, 0xfe]), /UTF-8/],
      ["300 KiB", `[Service]\n${"#".repeat(300 * 1024)}\n`, /KiB/],
    ] satisfies [string, string | Buffer, RegExp][])("the text of a unit is rejected: %s", async (_, text, cause) => {
      const h4 = scenario.host("h4");
      const before = `${await etcdctl(h4, "get --print-value-only /swarmkeeper/spec/units/files/web.service")}\n`;
      const starts = await logOf(h4);
      expect((await putFile(h4, "web.service", text)).code).toBe(0);
      await untilRejected(h4, "units/files/web.service", cause);
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
      await untilRejected(h4, "units/worker", /wbe\.service.*\bh\d\b/);
      const stored = JSON.parse(await etcdctl(h4, "get --print-value-only /swarmkeeper/status/spec/units/worker"));
      expect(stored.rejected.unknown).toEqual(["wbe.service"]);
      await untilRollout("complete", h4, 60_000);
      await put(h4, "units/worker", "web.service");
      await waitFor("no rejected value", 30_000, async () => (await status(h4)).rejected.length === 0);
      expect(await logOf(h4)).toEqual(starts);
      for (const name of ["h4", "h5", "h6", "h7", "h8"])
        expect(await isActive(scenario.host(name), "web.service")).toBe("active");
    });
  });
}
