import { describe, expect, it } from "vitest";
import { activatedBy, templateOf } from "./unit-needs.ts";

describe("what a unit needs", () => {
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
    expect(activatedBy(name, text)).toBe(activated);
  });
});
