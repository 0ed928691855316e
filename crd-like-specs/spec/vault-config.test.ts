import { describe, expect, it } from "vitest";
import { explain } from "../validation.ts";
import { readSpec } from "./spec.ts";

const read = (path: string, value: string) => readSpec([{ path, value, revision: 1 }], new Map());
const complaint = (path: string, value: string) => {
  const [first] = read(path, value).refused;
  return first && explain(first.problem);
};

describe("spec/vault/config", () => {
  it("is taken as it is, and is nothing by default", () => {
    const text = 'ui = true\n\nseal "transit" {\n  address = "https://vault.example:8200"\n}\n';
    expect(read("vault/config", `\n${text}\n`).spec.vault.config).toBe(text);
    expect(read("vault/config", " \n").spec.vault.config).toBe("");
    expect(readSpec([], new Map()).spec.vault).toMatchObject({ config: "", reminderSeconds: 14_400 });
  });

  it.each([
    [
      'ui = true\nstorage "raft" {',
      "2:1: storage is not for this key: where Vault keeps its data is said by spec/vault/storage; leave it out",
    ],
    [
      '  "ha_storage" "etcd" {}',
      "1:3: ha_storage is not for this key: where Vault keeps its data is said by spec/vault/storage; leave it out",
    ],
    [
      'listener "tcp" {',
      "1:1: listener is not for this key: where Vault listens is the host's address and spec/vault/port; leave it out",
    ],
    ["disable_mlock=false", "1:1: disable_mlock is not for this key: it is true already; leave it out"],
    [
      'seal "transit" {\n  token = "s.1"',
      "2:3: token is not for this key: what is secret does not belong in etcd; put it as a variable into /etc/swarmkeeper/vault-seal.env on each manager",
    ],
    ["#".repeat(17_000), ": 17 KiB are too many for a configuration; use 16 KiB at most"],
  ])("refuses %j", (text, message) => {
    expect(complaint("vault/config", text)).toBe(`spec/vault/config${message.startsWith(":") ? "" : ":"}${message}`);
  });
});

it("vault.service is in no list", () => {
  const message = "managers run vault.service by themselves while spec/vault/enabled is true; leave it out";
  expect(complaint("units/manager", "swarmkeeper-controller.service\nvault.service")).toBe(
    `spec/units/manager:2:1: ${message}`,
  );
  expect(complaint("units/worker", "vault.service")).toBe(`spec/units/worker:1:1: ${message}`);
  expect(complaint("units/files/vault.service", "[Service]\nExecStart=/bin/vault\n")).toBeUndefined();
});
