import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { duration, line, step } from "./progress.ts";

it("formats durations as 7.4 s, 41 s and 2 m 05 s", () => {
  expect([40, 7_400, 41_200, 59_900, 125_000].map(duration)).toEqual(["0.0 s", "7.4 s", "41 s", "60 s", "2 m 05 s"]);
});

it("prints the result of a step between its name and its duration", () => {
  expect(line("✓", "hosts", "h1 h2", "7.4 s")).toMatch(/^ ✓ hosts {7}h1 h2 +7\.4 s$/);
});

it("writes one plain line per step and its printed lines without a terminal, and returns the result", async () => {
  const out = new PassThrough();
  const result = await step(
    "image",
    async report => {
      report.note("building");
      report.print("installing docker.io");
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

it("marks a failed step and rethrows its error", async () => {
  const out = new PassThrough();
  const failing = step("image", () => Promise.reject(new Error("no space left")), out);
  await expect(failing).rejects.toThrow("no space left");
  out.end();
  expect(await text(out)).toMatch(/^ ✗ image .* s\n$/);
});
