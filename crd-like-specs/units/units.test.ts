import { describe, expect, it } from "vitest";
import { hashOf } from "./text-hash.ts";
import { parseUnitFile } from "./unit-file.ts";
import { managerUnits, workerUnits } from "./unit-list.ts";

const outcome = (result: {
  ok: boolean;
  error?: { line?: number; column?: number; message: string; expected: string };
}) =>
  result.error === undefined
    ? "accepted"
    : `${result.error.line ?? "-"}:${result.error.column ?? "-"} ${result.error.message}; ${result.error.expected}`;

describe("unit lists", () => {
  const both = { ok: true, value: ["a.service", "b@1.timer"] };

  it.each([
    "a.service\nb@1.timer\n",
    "a.service, b@1.timer",
    "# mine\na.service # first\n\n  b@1.timer",
    "- a.service\n- b@1.timer",
    "- 'a.service'\r\n- \"b@1.timer\"\r\n",
    "[a.service, b@1.timer]",
    '[\n  "a.service",\n  "b@1.timer"\n]\n',
  ])("reads %j", text => {
    expect(workerUnits.parse(text)).toEqual(both);
  });

  it.each(["", "\n", "[]", "# none yet"])("reads %j as no units", text => {
    expect(workerUnits.parse(text)).toEqual({ ok: true, value: [] });
  });

  it.each([
    ["a.service\n  b", '2:3 "b" has no suffix; add one of .service, .timer, .socket, .mount, .path, .target'],
    [
      "- a.service\n- x/b.service",
      '2:3 "x/b.service" contains a slash, but a unit name is not a path; use a name such as web.service (service, timer, socket, mount, path, target)',
    ],
    [
      "a.service, .b.service",
      '1:12 ".b.service" starts with a dot, which hides the file; use a name such as web.service (service, timer, socket, mount, path, target)',
    ],
    ["a.service b.service", '1:1 "a.service b.service" contains white space; put each unit on a separate line'],
    ["a.service\nb.service,a.service", "2:11 a.service is listed twice, first on line 1; list it once"],
    ["a@.service", "1:1 a@.service is a template, which cannot be started; name an instance, such as a@main.service"],
    ["[a.service\n", "1:1 the list starts with [ and does not end with ]; add ] at the end"],
    [
      "docker.service",
      "1:1 docker.service is not allowed in the spec: every node already runs Docker for the swarm; leave it out",
    ],
    ["reboot.target", "1:1 reboot.target is not allowed in the spec: it would stop the node; leave it out"],
    [
      "swarmkeeper-controller.service",
      "1:1 the controller runs on managers only; leave swarmkeeper-controller.service out",
    ],
  ])("rejects %j", (text, message) => {
    expect(outcome(workerUnits.parse(text))).toBe(message);
  });

  it("rejects a manager list without the controller", () => {
    expect(outcome(managerUnits.parse("web.service"))).toBe(
      "-:- swarmkeeper-controller.service is missing, so the cluster would have no leader; add swarmkeeper-controller.service",
    );
  });
});

describe("unit files", () => {
  const service = "# web\n[Unit]\nDescription=web \\\n  and more\n\n[Service]\nExecStart=/bin/true\n";

  it("accepts a unit file and keeps its text", () => {
    expect(parseUnitFile("web.service", service)).toEqual({
      ok: true,
      value: {
        name: "web.service",
        text: service,
        hash: hashOf(service),
        activates: undefined,
        check: undefined,
        drain: undefined,
      },
    });
    expect(outcome(parseUnitFile("web.target", "[Unit]\n"))).toBe("accepted");
  });

  it.each([
    ["web.service", "[Unit]\n", "-:- no [Service] section, which a .service needs; add [Service]"],
    ["web.timer", service, "-:- no [Timer] section, which a .timer needs; add [Timer]"],
    ["web.service", " \n", "-:- empty; put the unit file's text, or delete the key"],
    [
      "web.service",
      "ExecStart=/bin/true\n",
      "1:1 a line before the first section; start with a section such as [Unit]",
    ],
    [
      "web.service",
      "[Service]\n  ExecStart /x\n",
      "2:3 neither a section nor Key=Value; use Key=Value, or start a comment with #",
    ],
    ["web.service", "[Service\n", "1:1 not a section; use [Name] on a line of its own"],
    [
      "web.service",
      "[Service]\r\n",
      "1:10 a carriage return: the file has Windows line endings; write it with Unix line endings: sed -i 's/\\r$//' FILE",
    ],
    ["web.service", "[Service]\nA=\uFFFD\n", "2:3 not UTF-8 text; write the file as UTF-8 without zero bytes"],
    [
      "web.service",
      `[Service]\nA=${"x".repeat(256 * 1024)}`,
      "-:- 257 KiB is too large for a unit file; use at most 256 KiB",
    ],
  ])("rejects %s %#", (name, text, message) => {
    expect(outcome(parseUnitFile(name, text))).toBe(message);
  });
});
