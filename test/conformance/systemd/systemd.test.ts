import { describe, expect, it } from "vitest";
import { systemClock } from "../../../drivers/clock/real.ts";
import { type Exec, localExec } from "../../../drivers/systemd/exec.ts";
import { systemdOver } from "../../../drivers/systemd/real.ts";
import { FakeHost } from "../../fakes/host/host.ts";
import { FakeSystemd } from "../../fakes/systemd/systemd.ts";
import { bootFreshLab } from "../../lab/boot.ts";
import { stopPrivateEngine } from "../../lab/engine/engine.ts";
import { runningClock } from "../eventually.ts";
import { systemdSuite } from "./suite.ts";

const folder = "/etc/systemd/system";

systemdSuite("the fake", async () => {
  const { clock, stop } = runningClock();
  const disk = new FakeHost();
  const program = (unit: string) =>
    unit === "silent.service"
      ? { readyMs: Number.POSITIVE_INFINITY, endsMs: Number.POSITIVE_INFINITY, code: 0 }
      : undefined;
  return {
    clock,
    systemd: new FakeSystemd({ clock, unitFile: name => disk.peek(`${folder}/${name}`), program }),
    writeUnit: (name, text) =>
      text === undefined ? disk.remove(`${folder}/${name}`) : disk.write(`${folder}/${name}`, text),
    close: stop,
  };
});

/** The first boot on a machine also builds the host image. */
const setupMs = 600_000;

systemdSuite(
  "systemd 257 on a lab host",
  async () => {
    const lab = await bootFreshLab("conf-systemd", 1, "trixie");
    const host = await lab.host("h1");
    const exec: Exec = (program, args, { timeoutMs }) => host.exec([program, ...args], { timeoutMs });
    return {
      clock: systemClock,
      systemd: systemdOver(exec),
      writeUnit: async (name, text) => {
        const path = `${folder}/${name}`;
        if (text === undefined) await host.out(["rm", path]);
        else await host.out(`cat > ${path}`, { stdin: text });
      },
      close: async () => {
        await lab.remove();
        await stopPrivateEngine(lab.engine);
      },
    };
  },
  setupMs,
);

describe("systemd that does not exist or does not answer", () => {
  it("reports systemd as unreachable if there is no systemctl", async () => {
    const missing: Exec = (_program, args, options) => localExec("/nowhere/systemctl", args, options);
    await expect(systemdOver(missing).show(["a.service"])).rejects.toMatchObject({ kind: "unreachable" });
    await expect(systemdOver(missing).stopping()).rejects.toMatchObject({ kind: "unreachable" });
  });

  it("ends a call with a timeout if systemctl does not answer", async () => {
    const hanging: Exec = (_program, _args, options) => localExec("/bin/sleep", ["60"], options);
    await expect(systemdOver(hanging, { callMs: 100 }).refresh(["a.service"])).rejects.toMatchObject({
      kind: "timeout",
    });
  });
});
