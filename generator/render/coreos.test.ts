import { expect, test } from "vitest";
import { renderCoreos } from "./coreos.ts";

const profile = {
  role: "manager" as const,
  units: [{ name: "a.service", content: "[Service]\nExecStart=/bin/echo $private_ipv4x\n" }],
  maskedUnits: ["etcd.service"],
  sshAuthorizedKeys: [],
  rebootStrategy: "off" as const,
};
const file = (content: string, nodeVariables: boolean) => ({ path: "/etc/a", content, mode: 0o600, nodeVariables });

test("variables are escaped except in files with nodeVariables", () => {
  const text = renderCoreos({
    ...profile,
    files: [file("at $private_ipv4\n", true), file("cost $public_ipv4\n", false)],
  });
  expect(text).toContain("    at $private_ipv4\n");
  expect(text).toContain("    cost \\$public_ipv4\n");
  expect(text).toContain("/bin/echo \\$private_ipv4x\n");
});

test("texts that are ambiguous in YAML 1.1 are quoted, and masked units come first", () => {
  const text = renderCoreos({ ...profile, files: [file("", false)] });
  expect(text).toContain('reboot_strategy: "off"');
  expect(text).toContain('permissions: "0600"');
  expect(text).toMatch(/units:\n {2}- name: etcd\.service\n {4}mask: true\n {2}- name: a\.service\n/);
});
