// Conformance suite of the systemd port, for a real systemd and for the fake.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../../../drivers/clock/port.ts";
import type { Systemd, SystemdErrorKind, UnitState } from "../../../drivers/systemd/port.ts";
import { eventually } from "../eventually.ts";

export interface SystemdUnderTest {
  readonly clock: Clock;
  readonly systemd: Systemd;
  /** Writes a unit file to /etc/systemd/system, or deletes it if `text` is undefined. Does not notify systemd. */
  writeUnit(name: string, text: string | undefined): Promise<void>;
  close(): Promise<void>;
}

const service = (...lines: string[]) => ["[Service]", ...lines, ""].join("\n");
const installable = (text: string) => `${text}\n[Install]\nWantedBy=multi-user.target\n`;

/** Registers the suite for one systemd. `setupMs` is the time that it may need to start. */
export function systemdSuite(title: string, begin: () => Promise<SystemdUnderTest>, setupMs = 10_000): void {
  describe(`systemd: ${title}`, { timeout: 30_000 }, () => {
    let world: SystemdUnderTest;
    let systemd: Systemd;

    beforeAll(async () => {
      world = await begin();
      systemd = world.systemd;
    }, setupMs);
    afterAll(() => world?.close(), 60_000);

    const install = async (name: string, text: string | undefined) => {
      await world.writeUnit(name, text);
      await systemd.refresh([name]);
    };
    const stateOf = async (name: string): Promise<UnitState> => {
      const [state] = await systemd.show([name]);
      if (state === undefined) throw new Error(`systemd shows no state of ${name}`);
      return state;
    };
    const becomes = (name: string, what: Partial<UnitState>) =>
      eventually(world.clock, `${name} ${JSON.stringify(what)}`, 20_000, async () => {
        const state = await stateOf(name);
        expect(state).toMatchObject(what);
        return state;
      });
    const expectError = (call: Promise<unknown>, kind: SystemdErrorKind) =>
      expect(call).rejects.toMatchObject({ name: "SystemdError", kind });

    beforeEach(async () => {
      await install("steady.service", installable(service("ExecStart=/bin/sleep infinity")));
    });

    it("starts and stops a service, and reports since when it runs", async () => {
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
      // The host under test has its own clock.
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

    it("shows several units in the requested order, including unknown ones", async () => {
      expect(await systemd.show([])).toEqual([]);
      const shown = await systemd.show(["unknown.service", "steady.service", "multi-user.target"].slice(0, 2));
      expect(shown.map(({ name, load, active }) => [name, load, active])).toEqual([
        ["unknown.service", "not-found", "inactive"],
        ["steady.service", "loaded", "inactive"],
      ]);
    });

    it("rejects calls for a unit without a file", async () => {
      await expectError(systemd.start("unknown.service"), "no-such-unit");
      await expectError(systemd.restart("unknown.service"), "no-such-unit");
      await expectError(systemd.stop("unknown.service"), "no-such-unit");
      await expectError(systemd.enable("unknown.service"), "no-such-unit");
      await expectError(systemd.disable("unknown.service"), "no-such-unit");
    });

    it("enables and disables a unit", async () => {
      expect((await stateOf("steady.service")).enabled).toBe(false);
      await systemd.enable("steady.service");
      expect((await stateOf("steady.service")).enabled).toBe(true);
      await systemd.enable("steady.service");
      await systemd.disable("steady.service");
      expect((await stateOf("steady.service")).enabled).toBe(false);
      await systemd.disable("steady.service");
    });

    it("does not enable a unit without an [Install] section", async () => {
      await install("loose.service", service("ExecStart=/bin/sleep infinity"));
      await systemd.enable("loose.service");
      expect((await stateOf("loose.service")).enabled).toBe(false);
    });

    it("fails the start job of a oneshot service that fails", async () => {
      await install("broken.service", service("Type=oneshot", "ExecStart=/bin/false"));
      await expectError(systemd.start("broken.service"), "job-failed");
      expect(await stateOf("broken.service")).toMatchObject({ active: "failed", sub: "failed", result: "exit-code" });
      await install("broken.service", service("Type=oneshot", "ExecStart=/bin/true"));
      await systemd.start("broken.service");
      expect(await stateOf("broken.service")).toMatchObject({ active: "inactive", result: "success" });
    });

    it("fails the start job of a service that ends before it is ready", async () => {
      await install("unready.service", service("Type=notify", "ExecStart=/bin/false"));
      await expectError(systemd.start("unready.service"), "job-failed");
      expect(await stateOf("unready.service")).toMatchObject({ active: "failed", result: "exit-code" });
    });

    it("fails the start job of a service that is not ready within its timeout", async () => {
      const text = service("Type=notify", "TimeoutStartSec=1", "ExecStart=/bin/sleep infinity");
      await install("silent.service", text);
      await expectError(systemd.start("silent.service"), "job-failed");
      expect(await stateOf("silent.service")).toMatchObject({ active: "failed", result: "timeout" });
    });

    it("completes the start job of a simple service even if it fails immediately", async () => {
      await install("hasty.service", service("ExecStart=/bin/false"));
      await systemd.start("hasty.service");
      await becomes("hasty.service", { active: "failed", result: "exit-code", restarts: 0 });
    });

    it("shows a finished oneshot service with RemainAfterExit as active", async () => {
      await install("done.service", service("Type=oneshot", "RemainAfterExit=yes", "ExecStart=/bin/true"));
      await systemd.start("done.service");
      const done = { active: "active", sub: "exited", type: "oneshot", remains: true };
      expect(await stateOf("done.service")).toMatchObject(done);
      await systemd.stop("done.service");
      expect(await stateOf("done.service")).toMatchObject({ active: "inactive" });
    });

    it("restarts a service, counts the restarts, and stops after too many failures", async () => {
      await install("stubborn.service", service("ExecStart=/bin/false", "Restart=on-failure", "RestartSec=100ms"));
      await systemd.start("stubborn.service");
      await becomes("stubborn.service", { active: "failed", restarts: 5, result: "exit-code" });
      await expectError(systemd.start("stubborn.service"), "job-failed");
    });

    it("resets the start limit of a failed unit by resetFailed", async () => {
      await install("patient.service", service("Type=oneshot", "ExecStart=/bin/false"));
      for (let start = 0; start < 6; start++) await expectError(systemd.start("patient.service"), "job-failed");
      await install("patient.service", service("Type=oneshot", "ExecStart=/bin/true"));
      await expectError(systemd.start("patient.service"), "job-failed");
      await systemd.resetFailed("patient.service");
      expect(await stateOf("patient.service")).toMatchObject({ active: "inactive", result: "success" });
      await systemd.start("patient.service");
      await expectError(systemd.resetFailed("unknown.service"), "no-such-unit");
    });

    it("does not start a service without a command", async () => {
      await install("empty.service", service("Restart=no"));
      expect(await stateOf("empty.service")).toMatchObject({ load: "bad-setting", active: "inactive" });
      await expectError(systemd.start("empty.service"), "job-failed");
    });

    it("shows started timers, paths, sockets and targets as active", async () => {
      await install("odd.service", service("Type=oneshot", "ExecStart=/bin/true"));
      await install("odd.timer", "[Timer]\nOnBootSec=100d\n");
      await install("odd.path", "[Path]\nPathExists=/nowhere/at/all\nUnit=odd.service\n");
      await install("odd.socket", "[Socket]\nListenStream=/run/odd.sock\n");
      await install("odd.target", "[Unit]\nDescription=odd\n");
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

    it("stops a service that waits for its restart", async () => {
      await install("waiting.service", service("ExecStart=/bin/false", "Restart=always", "RestartSec=1min"));
      await systemd.start("waiting.service");
      await becomes("waiting.service", { active: "activating", sub: "auto-restart" });
      await systemd.stop("waiting.service");
      expect((await stateOf("waiting.service")).active).toMatch(/^(inactive|failed)$/);
    });

    it("keeps a running service after its file is deleted, until it is stopped", async () => {
      await systemd.start("steady.service");
      await install("steady.service", undefined);
      expect(await stateOf("steady.service")).toMatchObject({ load: "not-found", active: "active" });
      await systemd.stop("steady.service");
      expect(await stateOf("steady.service")).toMatchObject({ load: "not-found", active: "inactive" });
    });

    it("uses a new text after a refresh, whether the unit runs or not", async () => {
      const typed = (type: string) => service(`Type=${type}`, "ExecStart=/bin/sleep infinity");
      await install("new.service", typed("simple"));
      await systemd.start("new.service");
      await install("new.service", typed("exec"));
      expect(await stateOf("new.service")).toMatchObject({ type: "exec", active: "active" });
      await systemd.stop("new.service");
      await install("new.service", typed("simple"));
      await systemd.start("new.service");
      expect(await stateOf("new.service")).toMatchObject({ type: "simple", active: "active" });
      await systemd.stop("new.service");
    });

    it("uses the new texts of several units, one of which names another", async () => {
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

    it("starts an instance of a template", async () => {
      await world.writeUnit("many@.service", service("ExecStart=/bin/sleep infinity"));
      await systemd.refresh(["many@.service"]);
      await systemd.start("many@one.service");
      expect(await stateOf("many@one.service")).toMatchObject({ load: "loaded", active: "active" });
      await systemd.stop("many@one.service");
    });

    it("reports that the host is not shutting down", async () => {
      expect(await systemd.stopping()).toBe(false);
    });
  });
}
