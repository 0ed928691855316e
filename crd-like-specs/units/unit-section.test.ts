import { describe, expect, it } from "vitest";
import { parseUnitFile } from "./unit-file.ts";
import { unitLines } from "./unit-lines.ts";
import { parseUnitSection } from "./unit-section.ts";

const service = (...lines: string[]) => `[Service]\nExecStart=/bin/web\n${lines.join("\n")}\n`;
const withSection = (...lines: string[]) => service("[X-Swarmkeeper]", ...lines);

describe("[X-Swarmkeeper] in a unit file", () => {
  it.each([
    [
      ["Check=http://127.0.0.1:8080/health"],
      { check: { kind: "http", url: "http://127.0.0.1:8080/health", timeoutMs: 5_000 } },
    ],
    [
      ["CheckTimeoutSec=2", "  Check = tcp://127.0.0.1:80  "],
      { check: { kind: "tcp", host: "127.0.0.1", port: 80, timeoutMs: 2_000 } },
    ],
    [["Check=tcp://[::1]:80"], { check: { kind: "tcp", host: "::1", port: 80, timeoutMs: 5_000 } }],
    [
      ["# a comment", "Check=exec:/usr/bin/curl -fsS  localhost", "", "[Install]", "Check=nothing"],
      { check: { kind: "exec", command: ["/usr/bin/curl", "-fsS", "localhost"], timeoutMs: 5_000 } },
    ],
    [["Drain=yes"], { drain: true }],
    [["Drain=no", "[X-Other]", "Drain=another"], { drain: false }],
    [["[X-Swarmkeeper]", "Drain=no"], { drain: false }],
  ])("is read from %j", (lines, meaning) => {
    const value = { check: undefined, drain: undefined, ...meaning };
    expect(parseUnitSection(unitLines(withSection(...lines)))).toEqual({ ok: true, value });
    expect(parseUnitFile("web.service", withSection(...lines))).toMatchObject({ ok: true, value: meaning });
  });

  it("is empty without a section, also if a continued line resembles one", () => {
    const nothing = { ok: true, value: { check: undefined, drain: undefined } };
    expect(parseUnitSection(unitLines(service("Environment=A \\", "[X-Swarmkeeper] \\", "Check=no")))).toEqual(nothing);
  });

  it.each([
    [["Check=127.0.0.1:80"], '4:7 "127.0.0.1:80" is not a health check; use http://127.0.0.1:8080/health'],
    [["Check=https://127.0.0.1/"], '4:7 "https://127.0.0.1/" is not a health check; use http://'],
    [["Check=tcp://127.0.0.1"], '4:7 "tcp://127.0.0.1" is not an address and a port; use http://'],
    [["Check=tcp://127.0.0.1:80/health"], "4:7"],
    [
      ["Check=exec:curl localhost"],
      '4:7 "exec:curl localhost" does not name a program by its absolute path; use http://',
    ],
    [["  Check ="], "4:3 Check is empty; give it a value, or delete the line"],
    [["Check=exec:/bin/a \\", "b"], "4:1 Check continues on the next line; put it on one line"],
    [["Drain=yes", "Drain=no"], "5:1 Drain is given twice, first on line 4; give it once"],
    [["Drain=maybe"], '4:7 "maybe" is neither yes nor no; use Drain=yes or Drain=no'],
    [["Chek=tcp://127.0.0.1:80"], "4:1 [X-Swarmkeeper] has no Chek; use Check"],
    [["Unknown=1"], "4:1 [X-Swarmkeeper] has no Unknown; use one of Check, CheckTimeoutSec, Drain"],
    [
      ["Check=tcp://127.0.0.1:80", "CheckTimeoutSec=5min"],
      '5:17 "5min" is not a valid timeout for a health check; use a whole number of seconds from 1 to 30',
    ],
    [["CheckTimeoutSec=5"], "4:17 CheckTimeoutSec without Check; add Check=, or delete the line"],
    [["[X-swarmkeper]"], "4:1 [X-swarmkeper] is a section that nothing reads; use [X-Swarmkeeper], or another name"],
  ])("is rejected with %j", (lines, message) => {
    const result = parseUnitFile("web.service", withSection(...lines));
    if (result.ok) throw new Error("it was accepted");
    const { line, column, message: wrong, expected } = result.error;
    expect(`${line}:${column} ${wrong}; ${expected}`.slice(0, message.length)).toBe(message);
  });
});
