import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { duration, line, step } from "./progress.ts";

it("writes durations as people say them", () => {
  expect([40, 7_400, 41_200, 59_900, 125_000].map(duration)).toEqual(["0.0 s", "7.4 s", "41 s", "60 s", "2 m 05 s"]);
});

it("puts what came of a step between its name and its time", () => {
  expect(line("✓", "hosts", "h1 h2", "7.4 s")).toMatch(/^ ✓ hosts {7}h1 h2 +7\.4 s$/);
});

it("off a terminal writes one plain line a step and what was to be said, and passes the result on", async () => {
  const out = new PassThrough();
  const result = await step(
    "image",
    async report => {
      report.note("building");
      report.say("installing docker.io");
      report.note("trixie");
      report.cached();
      return 42;
    },
    out,
  );
  out.end();
  expect(result).toBe(42);
  expect(await text(out)).toMatch(/^ {3}installing docker.io\n ✓ image +trixie +cached\n$/);
});

it("marks a step that failed, and throws on", async () => {
  const out = new PassThrough();
  const failing = step("image", () => Promise.reject(new Error("no space left")), out);
  await expect(failing).rejects.toThrow("no space left");
  out.end();
  expect(await text(out)).toMatch(/^ ✗ image .* s\n$/);
});
