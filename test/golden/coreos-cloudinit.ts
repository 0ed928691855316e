// Reads a cloud-config in the dialect of CoreOS and Flatcar strictly, because tests cannot run coreos-cloudinit: fills
// in the node's variables and reports every key that coreos-cloudinit would drop or reject.
import { parse } from "yaml";

/** The keys of each map. None contains a hyphen, because Flatcar 3975.2.0 drops such keys silently. */
const KEYS = {
  top: ["ssh_authorized_keys", "hostname", "users", "write_files", "manage_etc_hosts", "coreos"],
  file: ["path", "content", "owner", "permissions", "encoding"],
  coreos: ["units", "update", "locksmith", "flannel", "oem"],
  update: ["reboot_strategy", "group", "server"],
  unit: ["name", "content", "command", "enable", "mask", "runtime", "drop_ins"],
};
const COMMANDS = ["start", "stop", "restart", "reload", "try-restart", "reload-or-restart", "reload-or-try-restart"];

export interface CoreosReading {
  readonly problems: readonly string[];
  /** Content by path. Units have the path to which coreos-cloudinit writes them. */
  readonly files: Map<string, string>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads a cloud-config of CoreOS. Collects all problems; throws only for text that is not YAML. */
export function readCoreosConfig(text: string): CoreosReading {
  const problems: string[] = [];
  const files = new Map<string, string>();
  const fields = (value: unknown, kind: keyof typeof KEYS): Fields => {
    const map = Object.fromEntries(Object.entries(value ?? {}));
    for (const key of Object.keys(map)) if (!KEYS[kind].includes(key)) problems.push(`${kind}: unknown key ${key}`);
    return map;
  };
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

  if (text.split("\n")[0] !== "#cloud-config") problems.push("the first line is not #cloud-config");
  const top = fields(parse(fillIn(text), { version: "1.1" }), "top");
  for (const entry of list(top.write_files)) {
    const { path, content, permissions } = fields(entry, "file");
    if (typeof permissions !== "string" || !/^0[0-7]{3}$/.test(permissions))
      problems.push(`${path}: permissions ${permissions} are not a text such as "0644"`);
    if (typeof path !== "string" || !path.startsWith("/")) problems.push(`${path}: not an absolute path`);
    else if (path.startsWith("/usr/")) problems.push(`${path}: /usr is read-only`);
    files.set(String(path), String(content));
  }
  const coreos = fields(top.coreos, "coreos");
  const { reboot_strategy } = fields(coreos.update, "update");
  // etcd-lock needs etcd's version 2 API, which no longer exists.
  if (reboot_strategy !== "off" && reboot_strategy !== "reboot") problems.push(`reboot_strategy: ${reboot_strategy}`);
  for (const entry of list(coreos.units)) {
    const { name, content, command } = fields(entry, "unit");
    if (command !== undefined && !COMMANDS.includes(String(command))) problems.push(`${name}: command ${command}`);
    if (content !== undefined) files.set(`/etc/systemd/system/${name}`, String(content));
  }
  return { problems, files };
}

/** Replaces the variables anywhere in the document. A backslash before a variable is removed and keeps its text. */
function fillIn(text: string): string {
  const addresses: Record<string, string> = {
    private_ipv4: "10.0.0.11",
    public_ipv4: "203.0.113.11",
    private_ipv6: "fd00::11",
    public_ipv6: "2001:db8::11",
  };
  return text.replaceAll(/(\\?)\$((?:private|public)_ipv[46])/g, (_, escaped: string, name: string) =>
    escaped === "" ? (addresses[name] ?? "") : `$${name}`,
  );
}
