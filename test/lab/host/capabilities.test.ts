import { expect, it } from "vitest";
import { powerOf } from "./capabilities.ts";

it("runs a lab host privileged if the machine has all capabilities, or if they are unknown", () => {
  expect(powerOf(0x1ffffffffffn)).toEqual({ privileged: true });
  expect(powerOf(undefined)).toEqual({ privileged: true });
});

it("runs a lab host privileged if the machine lacks only capabilities that docker 20.10 does not know", () => {
  expect(powerOf(0x3fffffffffn)).toEqual({ privileged: true });
});

it("gives a lab host all other capabilities if the machine lacks one", () => {
  const power = powerOf(0x1fffeffffffn);
  expect(power).toMatchObject({ privileged: false });
  const names = power.privileged ? [] : power.capabilities;
  expect(names).toHaveLength(37);
  expect(names).not.toContain("SYS_RESOURCE");
  expect(names).toEqual(expect.arrayContaining(["CHOWN", "SYS_NICE", "SYS_TIME", "SYS_ADMIN", "AUDIT_READ"]));
});

it("ignores the capabilities of this process if it is in a container itself", () => {
  expect(powerOf(0xa80425fbn)).toEqual({ privileged: true });
});
