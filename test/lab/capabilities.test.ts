import { expect, it } from "vitest";
import { powerOf } from "./capabilities.ts";

it("asks for everything where the machine has everything, or where that is not known", () => {
  expect(powerOf(0x1ffffffffffn)).toEqual({ privileged: true });
  expect(powerOf(undefined)).toEqual({ privileged: true });
});

it("does not mind the lack of what docker 20.10 does not know", () => {
  expect(powerOf(0x3fffffffffn)).toEqual({ privileged: true });
});

it("names all others where one is missing", () => {
  const power = powerOf(0x1fffeffffffn);
  expect(power).toMatchObject({ privileged: false });
  const names = power.privileged ? [] : power.capabilities;
  expect(names).toHaveLength(37);
  expect(names).not.toContain("SYS_RESOURCE");
  expect(names).toEqual(expect.arrayContaining(["CHOWN", "SYS_NICE", "SYS_TIME", "SYS_ADMIN", "AUDIT_READ"]));
});

it("does not take its own confinement for that of the machine", () => {
  expect(powerOf(0xa80425fbn)).toEqual({ privileged: true });
});
