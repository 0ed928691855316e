import { expect, it } from "vitest";
import { PROCESS_TEST, swarmkeeper } from "../../test/fixtures/program.ts";
import { logger } from "./logger.ts";

const logged = (level: "info" | "debug") => {
  const lines: string[] = [];
  const log = logger(level, { write: line => void lines.push(JSON.parse(line).msg) });
  log.debug("a detail");
  log.info("a fact");
  return lines;
};

it("a daemon logs details at level debug", () => {
  expect(logged("info")).toEqual(["a fact"]);
  expect(logged("debug")).toEqual(["a detail", "a fact"]);
});

it(
  "a daemon reads its log level from an option or the environment, and logs why it cannot start",
  PROCESS_TEST,
  async () => {
    const unknown = await swarmkeeper(["agent", "--log-level", "loud"]);
    expect(unknown).toMatchObject({
      code: 2,
      err: expect.stringContaining("Allowed choices are error, warn, info, debug"),
    });
    expect((await swarmkeeper(["controller", "--help"])).out).toContain("SWARMKEEPER_LOG_LEVEL");
    const { code, out } = await swarmkeeper(["agent", "--log-level", "error", "--config", "/nonexistent/agent.yml"]);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ level: 60, msg: expect.stringContaining("/nonexistent/agent.yml") });
  },
);
