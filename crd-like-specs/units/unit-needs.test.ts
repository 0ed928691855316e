import { describe, expect, it } from "vitest";
import { unitLines } from "./unit-lines.ts";
import { activatedBy, activationIn, templateOf } from "./unit-needs.ts";

describe("units that a unit needs", () => {
  it.each([
    ["web@main.service", "web@.service"],
    ["web@a@b.service", undefined],
    ["web@.service", undefined],
    ["web.service", undefined],
  ])("the template of %s is %s", (name, template) => {
    expect(templateOf(name)).toBe(template);
  });

  it.each([
    ["clean.timer", "", "clean.service"],
    ["clean.timer", "[Timer]\nUnit = other.target\n", "other.target"],
    ["clean.timer", "[Timer]\nUnit=a.service\nUnit=b.service\n", "b.service"],
    ["clean.timer", "[Unit]\nUnit=no.service\n[Timer]\nOnCalendar=daily\n", "clean.service"],
    ["clean.timer", "[Timer]\nUnit= \\\n# a word in between\n  late.service\n", "late.service"],
    ["clean@x.timer", "[Timer]\nUnit=job@%i.service\n", undefined],
    ["drop.path", "[Path]\nUnit=take.service\n", "take.service"],
    ["call.socket", "[Socket]\nService=answer.service\n", "answer.service"],
    ["call.socket", "[Socket]\nAccept=yes\n", "call@.service"],
    ["web.service", "[Timer]\nUnit=x.service\n", undefined],
  ])("%s with %j activates %s", (name, text, activated) => {
    expect(activatedBy(name, activationIn(name, unitLines(text)))).toBe(activated);
  });

  it("an instance activates the unit of its own name, or the unit that its template names", () => {
    const by = (text: string) => activatedBy("job@x.socket", activationIn("job@.socket", unitLines(text)));
    expect(by("[Socket]\n")).toBe("job@x.service");
    expect(by("[Socket]\nService=other.service\n")).toBe("other.service");
    expect(by("[Socket]\nAccept=yes\n")).toBe("job@x@.service");
  });

  it("a timer without a unit file in the spec activates the service of its own name", () => {
    expect(activatedBy("clean.timer", undefined)).toBe("clean.service");
    expect(activatedBy("web.service", undefined)).toBeUndefined();
  });
});
