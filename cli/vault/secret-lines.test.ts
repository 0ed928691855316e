import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { secretLines } from "./secret-lines.ts";

describe("a secret line", () => {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true, setRawMode: vi.fn() });

  it("can be edited at a terminal, and is not shown", async () => {
    const input = terminal();
    const shown = new PassThrough({ encoding: "utf8" });
    const lines = secretLines(input, shown);
    expect(input.setRawMode).toHaveBeenCalledWith(true);
    const first = lines.next("first: ");
    input.write("sec\x7fcret\r");
    expect(await first).toBe("secret");
    input.write("  typed\x15 ahead \r");
    expect(await lines.next("second: ")).toBe("ahead");
    lines.close();
    expect(input.setRawMode).toHaveBeenLastCalledWith(false);
    expect(shown.read()).toBe("first: \nsecond: \n");
  });

  it.each([
    ["^C", "half\x03"],
    ["^D", "\x04"],
  ])("is undefined after %s, and the terminal is restored", async (_name, keys) => {
    const input = terminal();
    const lines = secretLines(input, new PassThrough());
    const next = lines.next("share: ");
    input.write(keys);
    expect(await next).toBeUndefined();
    expect(input.setRawMode).toHaveBeenLastCalledWith(false);
  });

  it("is read from standard input without a prompt", async () => {
    const input = new PassThrough();
    const shown = new PassThrough({ encoding: "utf8" });
    const lines = secretLines(input, shown);
    input.end("secret\n");
    expect([await lines.next("share: "), await lines.next("share: ")]).toEqual(["secret", undefined]);
    expect(shown.read()).toBeNull();
  });
});
