// What no host ever sees: values under spec/units that are refused with their reason, while the last good ones stay in force.
import { describe, expect, it } from "vitest";
import type { Host } from "../lab/host.ts";
import { waitFor } from "../lab/wait.ts";
import type { Story } from "./story.ts";
import { etcdctl, put, status } from "./swarm.ts";
import { isActive, logOf, putFile, webUnit } from "./web-unit.ts";

async function untilRefused(host: Host, path: string, reason: RegExp): Promise<void> {
  await waitFor(`spec/${path} to be refused: ${reason}`, 30_000, async saw => {
    const { refused } = await status(host);
    saw(JSON.stringify(refused));
    return refused.some(entry => entry.path === `spec/${path}` && reason.test(entry.reason));
  });
}

/** `web.service` is in force on every worker when this chapter begins. */
export function refusesBadUnits(story: Story): void {
  describe("bad input is refused with its reason, and the last good value stays in force", () => {
    it.each([
      ["units/worker", "a/b.service", /slash/],
      ["units/worker", "web.service, web.service", /twice/],
      ["units/worker", "web.servcie", /not the name of a unit/],
      ["units/worker", "docker.service", /runs docker already/],
      ["units/worker", "etcd.service", /etcd is run by the agent/],
      ["units/worker", "swarmkeeper-agent.service", /part of the agent/],
      ["units/manager", "web.service", /nothing would lead/],
    ])("%s: %s", async (path, value, reason) => {
      const h4 = story.host("h4");
      const before = await etcdctl(h4, `get --print-value-only /swarmkeeper/spec/${path}`);
      await put(h4, path, value);
      await untilRefused(h4, path, reason);
      if (before === "") await etcdctl(h4, `del /swarmkeeper/spec/${path}`);
      else await put(h4, path, before);
    });

    it.each([
      ["no [Service]", "[Unit]\nDescription=none\n", /no \[Service\]/],
      ["Windows line ends", webUnit("crlf").replaceAll("\n", "\r\n"), /carriage return/],
      ["bytes that are no UTF-8", Buffer.from([...Buffer.from("[Service]\nExecStart=/bin/"), 0xff, 0xfe]), /UTF-8/],
      ["300 KiB", `[Service]\n${"#".repeat(300 * 1024)}\n`, /KiB are too many/],
    ] satisfies [string, string | Buffer, RegExp][])("the text of a unit: %s", async (_, text, reason) => {
      const h4 = story.host("h4");
      const before = `${await etcdctl(h4, "get --print-value-only /swarmkeeper/spec/units/files/web.service")}\n`;
      const starts = await logOf(h4);
      expect((await putFile(h4, "web.service", text)).code).toBe(0);
      await untilRefused(h4, "units/files/web.service", reason);
      await putFile(h4, "web.service", before);
      expect(await logOf(h4)).toEqual(starts);
    });

    it("two megabytes, by etcd itself", async () => {
      const { code, stderr } = await putFile(story.host("h4"), "web.service", "#".repeat(2 << 20));
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/too large|larger than max/);
    });

    it("a name that neither the spec nor the release nor the host knows, as soon as the canary says so", async () => {
      const h4 = story.host("h4");
      const starts = await logOf(h4);
      await put(h4, "units/worker", "web.service, wbe.service");
      await untilRefused(h4, "units/worker", /nobody knows wbe\.service: .* and h\d has no such unit/);
      await waitFor("all to have the last good list", 60_000, async saw => {
        const { stdout } = await h4.exec("swarmkeeper rollout status");
        saw(stdout);
        return stdout.includes("complete");
      });
      await put(h4, "units/worker", "web.service");
      await waitFor("nothing to be refused", 30_000, async () => (await status(h4)).refused.length === 0);
      expect(await logOf(h4)).toEqual(starts);
      for (const name of ["h4", "h5", "h6", "h7", "h8"])
        expect(await isActive(story.host(name), "web.service")).toBe("active");
    });
  });
}
