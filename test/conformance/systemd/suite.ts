// What systemd does with the units that swarmkeeper gives it, for a real systemd and for the twin.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../../../drivers/clock/port.ts";
import type { Systemd, SystemdErrorKind, UnitState } from "../../../drivers/systemd/port.ts";
import { eventually } from "../eventually.ts";

export interface SystemdUnderTest {
  readonly clock: Clock;
  readonly systemd: Systemd;
  /** Puts a unit file into /etc/systemd/system, or takes it away; systemd is told nothing. */
  writeUnit(name: string, text: string | undefined): Promise<void>;
  close(): Promise<void>;
}

const service = (...lines: string[]) => ["[Service]", ...lines, ""].join("\n");
const installable = (text: string) => `${text}\n[Install]\nWantedBy=multi-user.target\n`;

export function systemdSuite(title: string, begin: () => Promise<SystemdUnderTest>, setupMs = 10_000): void {
  describe(`systemd: ${title}`, { timeout: 30_000 }, () => {
    let world: SystemdUnderTest;
    let systemd: Systemd;

    beforeAll(async () => {
      world = await begin();
      systemd = world.systemd;
    }, setupMs);
    afterAll(() => world?.close(), 60_000);

    const give = async (name: string, text: string | undefined) => {
      await world.writeUnit(name, text);
      await systemd.refresh([name]);
    };
    const stateOf = async (name: string): Promise<UnitState> => {
      const [state] = await systemd.show([name]);
      if (state === undefined) throw new Error(`nothing was shown of ${name}`);
      return state;
    };
    const becomes = (name: string, what: Partial<UnitState>) =>
      eventually(world.clock, `${name} ${JSON.stringify(what)}`, 20_000, async () => {
        const state = await stateOf(name);
        expect(state).toMatchObject(what);
        return state;
      });
    const refusal = (call: Promise<unknown>, kind: SystemdErrorKind) =>
      expect(call).rejects.toMatchObject({ name: "SystemdError", kind });

    beforeEach(async () => {
      await give("steady.service", installable(service("ExecStart=/bin/sleep infinity")));
    });

    it("starts and stops a service, and says since when", async () => {
      const before = world.clock.now();
      await systemd.start("steady.service");
      const running = await stateOf("steady.service");
      expect(running).toMatchObject({
        name: "steady.service",
        load: "loaded",
        active: "active",
        sub: "running",
        result: "success",
        restarts: 0,
        type: "simple",
        remains: false,
      });
      // The machine under test has a clock of its own.
      expect(Math.abs((running.since ?? 0) - before)).toBeLessThan(5_000);
      expect(running.begun).toBeLessThanOrEqual(running.since ?? 0);
      await systemd.start("steady.service");
      expect((await stateOf("steady.service")).since).toBe(running.since);

      await systemd.stop("steady.service");
      expect(await stateOf("steady.service")).toMatchObject({ active: "inactive", sub: "dead", result: "success" });
      await systemd.stop("steady.service");
    });

    it("restarts a service, running or not", async () => {
      await systemd.restart("steady.service");
      const first = await stateOf("steady.service");
      await world.clock.sleep(50);
      await systemd.restart("steady.service");
      const second = await stateOf("steady.service");
      expect(second).toMatchObject({ active: "active", restarts: 0 });
      expect(second.since).toBeGreaterThan(first.since ?? 0);
      await systemd.stop("steady.service");
    });

    it("shows many at once in the order asked, unknown ones too", async () => {
      expect(await systemd.show([])).toEqual([]);
      const shown = await systemd.show(["unheard-of.service", "steady.service", "multi-user.target"].slice(0, 2));
      expect(shown.map(({ name, load, active }) => [name, load, active])).toEqual([
        ["unheard-of.service", "not-found", "inactive"],
        ["steady.service", "loaded", "inactive"],
      ]);
    });

    it("knows no unit without a file", async () => {
      await refusal(systemd.start("unheard-of.service"), "no-such-unit");
      await refusal(systemd.restart("unheard-of.service"), "no-such-unit");
      await refusal(systemd.stop("unheard-of.service"), "no-such-unit");
      await refusal(systemd.enable("unheard-of.service"), "no-such-unit");
      await refusal(systemd.disable("unheard-of.service"), "no-such-unit");
    });

    it("enables and disables", async () => {
      expect((await stateOf("steady.service")).enabled).toBe(false);
      await systemd.enable("steady.service");
      expect((await stateOf("steady.service")).enabled).toBe(true);
      await systemd.enable("steady.service");
      await systemd.disable("steady.service");
      expect((await stateOf("steady.service")).enabled).toBe(false);
      await systemd.disable("steady.service");
    });

    it("enables nothing that no target wants", async () => {
      await give("loose.service", service("ExecStart=/bin/sleep infinity"));
      await systemd.enable("loose.service");
      expect((await stateOf("loose.service")).enabled).toBe(false);
    });

    it("fails the job of a oneshot that fails", async () => {
      await give("broken.service", service("Type=oneshot", "ExecStart=/bin/false"));
      await refusal(systemd.start("broken.service"), "job-failed");
      expect(await stateOf("broken.service")).toMatchObject({ active: "failed", sub: "failed", result: "exit-code" });
      await give("broken.service", service("Type=oneshot", "ExecStart=/bin/true"));
      await systemd.start("broken.service");
      expect(await stateOf("broken.service")).toMatchObject({ active: "inactive", result: "success" });
    });

    it("fails the job of a service that ends before it is ready", async () => {
      await give("unready.service", service("Type=notify", "ExecStart=/bin/false"));
      await refusal(systemd.start("unready.service"), "job-failed");
      expect(await stateOf("unready.service")).toMatchObject({ active: "failed", result: "exit-code" });
    });

    it("gives up on a service that is never ready", async () => {
      const text = service("Type=notify", "TimeoutStartSec=1", "ExecStart=/bin/sleep infinity");
      await give("silent.service", text);
      await refusal(systemd.start("silent.service"), "job-failed");
      expect(await stateOf("silent.service")).toMatchObject({ active: "failed", result: "timeout" });
    });

    it("finds a simple service started even when it fails at once", async () => {
      await give("hasty.service", service("ExecStart=/bin/false"));
      await systemd.start("hasty.service");
      await becomes("hasty.service", { active: "failed", result: "exit-code", restarts: 0 });
    });

    it("holds a oneshot that remains for active", async () => {
      await give("done.service", service("Type=oneshot", "RemainAfterExit=yes", "ExecStart=/bin/true"));
      await systemd.start("done.service");
      const done = { active: "active", sub: "exited", type: "oneshot", remains: true };
      expect(await stateOf("done.service")).toMatchObject(done);
      await systemd.stop("done.service");
      expect(await stateOf("done.service")).toMatchObject({ active: "inactive" });
    });

    it("restarts what it should, counts it, and gives up on what fails too often", async () => {
      await give("stubborn.service", service("ExecStart=/bin/false", "Restart=on-failure", "RestartSec=100ms"));
      await systemd.start("stubborn.service");
      await becomes("stubborn.service", { active: "failed", restarts: 5, result: "exit-code" });
      await refusal(systemd.start("stubborn.service"), "job-failed");
    });

    it("counts the starts of a failed unit anew once it is told to", async () => {
      await give("patient.service", service("Type=oneshot", "ExecStart=/bin/false"));
      for (let start = 0; start < 6; start++) await refusal(systemd.start("patient.service"), "job-failed");
      await give("patient.service", service("Type=oneshot", "ExecStart=/bin/true"));
      await refusal(systemd.start("patient.service"), "job-failed");
      await systemd.resetFailed("patient.service");
      expect(await stateOf("patient.service")).toMatchObject({ active: "inactive", result: "success" });
      await systemd.start("patient.service");
      await refusal(systemd.resetFailed("unheard-of.service"), "no-such-unit");
    });

    it("does not start what has no command", async () => {
      await give("empty.service", service("Restart=no"));
      expect(await stateOf("empty.service")).toMatchObject({ load: "bad-setting", active: "inactive" });
      await refusal(systemd.start("empty.service"), "job-failed");
    });

    it("holds units that are no services for active once they are there", async () => {
      await give("odd.service", service("Type=oneshot", "ExecStart=/bin/true"));
      await give("odd.timer", "[Timer]\nOnBootSec=100d\n");
      await give("odd.path", "[Path]\nPathExists=/nowhere/at/all\nUnit=odd.service\n");
      await give("odd.socket", "[Socket]\nListenStream=/run/odd.sock\n");
      await give("odd.target", "[Unit]\nDescription=odd\n");
      const units = ["odd.timer", "odd.path", "odd.socket", "odd.target"];
      for (const unit of units) await systemd.start(unit);
      const shown = await systemd.show(units);
      expect(shown.map(({ active, sub, type }) => [active, sub, type])).toEqual([
        ["active", "waiting", ""],
        ["active", "waiting", ""],
        ["active", "listening", ""],
        ["active", "active", ""],
      ]);
      for (const unit of units) await systemd.stop(unit);
      expect((await systemd.show(units)).map(({ active }) => active)).toEqual(units.map(() => "inactive"));
    });

    it("lets go of a service that waits for its restart", async () => {
      await give("waiting.service", service("ExecStart=/bin/false", "Restart=always", "RestartSec=1min"));
      await systemd.start("waiting.service");
      await becomes("waiting.service", { active: "activating", sub: "auto-restart" });
      await systemd.stop("waiting.service");
      expect((await stateOf("waiting.service")).active).toMatch(/^(inactive|failed)$/);
    });

    it("keeps a running service when its file goes, until it is stopped", async () => {
      await systemd.start("steady.service");
      await give("steady.service", undefined);
      expect(await stateOf("steady.service")).toMatchObject({ load: "not-found", active: "active" });
      await systemd.stop("steady.service");
      expect(await stateOf("steady.service")).toMatchObject({ load: "not-found", active: "inactive" });
    });

    it("goes by a new text for what is started after a refresh, had it run until then or not", async () => {
      const typed = (type: string) => service(`Type=${type}`, "ExecStart=/bin/sleep infinity");
      await give("new.service", typed("simple"));
      await systemd.start("new.service");
      await give("new.service", typed("exec"));
      expect(await stateOf("new.service")).toMatchObject({ type: "exec", active: "active" });
      await systemd.stop("new.service");
      await give("new.service", typed("simple"));
      await systemd.start("new.service");
      expect(await stateOf("new.service")).toMatchObject({ type: "simple", active: "active" });
      await systemd.stop("new.service");
    });

    it("goes by new texts of several at once, one of which names another", async () => {
      const named = (type: string) => service(`Type=${type}`, "ExecStart=/bin/sleep infinity");
      const after = (type: string) => `[Unit]\nAfter=named.service\nWants=named.service\n${named(type)}`;
      for (const type of ["simple", "exec", "simple"]) {
        for (const unit of ["after.service", "named.service"]) await systemd.stop(unit).catch(() => {});
        await world.writeUnit("after.service", after(type));
        await world.writeUnit("named.service", named(type));
        await systemd.refresh(["named.service", "after.service"]);
        for (const unit of ["named.service", "after.service"]) await systemd.start(unit);
        const shown = await systemd.show(["named.service", "after.service"]);
        expect(shown.map(unit => [unit.type, unit.active])).toEqual([
          [type, "active"],
          [type, "active"],
        ]);
      }
      for (const unit of ["after.service", "named.service"]) await systemd.stop(unit);
    });

    it("takes templates", async () => {
      await world.writeUnit("many@.service", service("ExecStart=/bin/sleep infinity"));
      await systemd.refresh(["many@.service"]);
      await systemd.start("many@one.service");
      expect(await stateOf("many@one.service")).toMatchObject({ load: "loaded", active: "active" });
      await systemd.stop("many@one.service");
    });

    it("is not going down", async () => {
      expect(await systemd.stopping()).toBe(false);
    });
  });
}
