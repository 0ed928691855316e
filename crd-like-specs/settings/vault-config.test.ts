import { describe, expect, it } from "vitest";
import { explain } from "../validation.ts";
import { readSpec } from "./spec.ts";

const read = (path: string, value: string) => readSpec([{ path, value, modRevision: 1 }], new Map());
const errorFor = (path: string, value: string) => {
  const [first] = read(path, value).rejected;
  return first && explain(first.error);
};

describe("spec/vault/config", () => {
  it("is accepted without changes, and is empty by default", () => {
    const text = 'ui = true\n\nseal "transit" {\n  address = "https://vault.example:8200"\n}\n';
    expect(read("vault/config", `\n${text}\n`).spec.vault.config).toBe(text);
    expect(read("vault/config", " \n").spec.vault.config).toBe("");
    expect(readSpec([], new Map()).spec.vault).toMatchObject({ config: "", reminderSeconds: 14_400 });
  });

  it.each([
    [
      'ui = true\nstorage "raft" {',
      "2:1: storage is not allowed here: spec/vault/storage decides where Vault keeps its data; leave it out",
    ],
    [
      '  "ha_storage" "etcd" {}',
      "1:3: ha_storage is not allowed here: spec/vault/storage decides where Vault keeps its data; leave it out",
    ],
    [
      'listener "tcp" {',
      "1:1: listener is not allowed here: Vault listens on the node's address and the port in spec/vault/port; leave it out",
    ],
    ["disable_mlock=false", "1:1: disable_mlock is not allowed here: it is already true; leave it out"],
    [
      'seal "transit" {\n  token = "s.1"',
      "2:3: token is not allowed here: a secret does not belong in etcd; set it as a variable in /etc/swarmkeeper/vault-seal.env on each manager",
    ],
    ["#".repeat(17_000), ": 17 KiB is too large for a configuration; use at most 16 KiB"],
  ])("rejects %j", (text, message) => {
    expect(errorFor("vault/config", text)).toBe(`spec/vault/config${message.startsWith(":") ? "" : ":"}${message}`);
  });
});

const LEFT_OUT = {
  storage: "storage is not allowed here: spec/vault/storage decides where Vault keeps its data; leave it out",
  listener:
    "listener is not allowed here: Vault listens on the node's address and the port in spec/vault/port; leave it out",
};
const secret = (name: string) =>
  `${name} is not allowed here: a secret does not belong in etcd; set it as a variable in /etc/swarmkeeper/vault-seal.env on each manager`;
const NO_START = "correct it: Vault does not start with it";

describe("the names in spec/vault/config", () => {
  it.each([
    // On the line of its block, after another block, after a comment.
    ['seal "transit" { token = "s.x" }', `1:18: ${secret("token")}`],
    ['telemetry {} storage "file" {}', `1:14: ${LEFT_OUT.storage}`],
    ['/* c */ listener "tcp" {}', `1:9: ${LEFT_OUT.listener}`],
    ['ui = true storage "raft" {}', `1:11: ${LEFT_OUT.storage}`],
    ['ui = "true" listener "tcp" {}', `1:13: ${LEFT_OUT.listener}`],
    ['max_lease_ttl = 5 token = "s.x"', `1:19: ${secret("token")}`],
    ['a = [{ b = "x" }, { token = "s.x" }]', `1:21: ${secret("token")}`],
    ['a = { b = "x", token = "s.x" }', `1:16: ${secret("token")}`],
    ['a = <<E\n x\n  E\ntoken = "s.x"', `4:1: ${secret("token")}`],
    [`a = "\${b("x")}" token = "s.x"`, `1:17: ${secret("token")}`],
    ['a = "\\"" token = "s.x"', `1:10: ${secret("token")}`],
    ['# c\ntoken # c\n = "s.x"', `2:1: ${secret("token")}`],
    ["token\n=\n<<E\ns.x\nE", `1:1: ${secret("token")}`],
    // Vault compares names without regard to case, quoted or not.
    ['Token = "s.x"', `1:1: ${secret("Token")}`],
    ['"TOKEN" = "s.x"', `1:1: ${secret("TOKEN")}`],
    ['to\u212Aen = "s.x"', `1:1: ${secret("to\u212Aen")}`],
    // Other secrets of seals and of telemetry.
    ['session_token = "x"', `1:1: ${secret("session_token")}`],
    ['client_secret = "x"', `1:1: ${secret("client_secret")}`],
    ['seal "pkcs11" { pin = "1234" }', `1:17: ${secret("pin")}`],
    ['circonus_api_token = "x"', `1:1: ${secret("circonus_api_token")}`],
    ['seal.token = "x"', `1:1: ${secret("seal.token")}`],
  ])("are rejected in %j", (text, message) => {
    expect(errorFor("vault/config", text)).toBe(`spec/vault/config:${message}`);
  });

  it.each([
    [
      '{"seal": {"transit": {"token": "s.x"}}}',
      "1:1: JSON, which cannot follow the HCL that the agent writes; use name = value",
    ],
    [' \n {"ui": true}', "2:2: JSON, which cannot follow the HCL that the agent writes; use name = value"],
    ['"to\\u006ben" = "s.x"', "1:1: a name with an escape; write the name plainly"],
    ['a = "s.x', `1:5: this quote is not closed on its line; ${NO_START}`],
    ["a = true /* s.x", `1:10: this comment is never closed; ${NO_START}`],
    ["a = <<E\ns.x\n", `1:5: this heredoc is never closed; ${NO_START}`],
    ["a = <<\ns.x\n", `1:5: << without a name on its line; ${NO_START}`],
    ["a: s.x", `1:2: this character has no meaning in HCL; ${NO_START}`],
  ])("cannot be read in %j, and the error quotes no secret", (text, message) => {
    expect(errorFor("vault/config", text)).toBe(`spec/vault/config:${message}`);
  });

  it.each([
    'seal "token" {\n  address = "https://vault.example:8200"\n}',
    '# token = "x"\n// storage "raft" {}\n/* listener "tcp" {} */',
    'a = "storage { token = x }"',
    'a = <<-EOF\n  token = "x"\n  EOFS\n  EOF\nb = 1',
    'a = ["token", "storage"]',
    `a = "\${c["token"]}"`,
    'seal "transit" {\n  key_name = "k"\n  mount_path = "transit/"\n  tls_client_key = "/etc/k.pem"\n  disable_renewal = "false"\n}',
    'seal "gcpckms" { credentials = "/etc/gcp.json" }',
    'telemetry { prometheus_retention_time = "30s" } ui = true',
    "pinned = true\ntokens = 3\nstorage_path = 0x1F",
    'service_registration "kubernetes" {}',
  ])("are accepted in %j", text => {
    expect(errorFor("vault/config", text)).toBeUndefined();
  });
});

it("a rejected spec/vault/config is not quoted, because it may contain a secret", () => {
  for (const value of ['seal "transit" { token = "the-secret" }', '{"token": "the-secret"}', 'a = "the-secret']) {
    const { rejected, effective } = read("vault/config", value);
    expect(rejected).toMatchObject([{ path: "vault/config", value: "…" }]);
    expect(JSON.stringify([rejected, [...effective]])).not.toContain("the-secret");
  }
  expect(read("managers", "4").rejected).toMatchObject([{ value: "4" }]);
});

it("unit lists reject vault.service, and unit files accept it", () => {
  const message = "managers run vault.service without a list while spec/vault/enabled is true; leave it out";
  expect(errorFor("units/manager", "swarmkeeper-controller.service\nvault.service")).toBe(
    `spec/units/manager:2:1: ${message}`,
  );
  expect(errorFor("units/worker", "vault.service")).toBe(`spec/units/worker:1:1: ${message}`);
  expect(errorFor("units/files/vault.service", "[Service]\nExecStart=/bin/vault\n")).toBeUndefined();
});
