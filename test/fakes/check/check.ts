// The twin of checks: everything works but what it was told does not.
import type { Check } from "../../../crd-like-specs/units/unit-section.ts";
import type { Checks } from "../../../drivers/check/port.ts";

export class FakeChecks implements Checks {
  /** Why it does not work, by the check as the unit file has it: `http://…`, `tcp://…`, `exec:…`. */
  readonly failing = new Map<string, string>();

  async run(check: Check): Promise<string | undefined> {
    return this.failing.get(nameOf(check));
  }
}

function nameOf(check: Check): string {
  switch (check.kind) {
    case "http":
      return check.url;
    case "tcp":
      return `tcp://${check.host}:${check.port}`;
    case "exec":
      return `exec:${check.command.join(" ")}`;
  }
}
