// The machine an agent runs on, as far as docker, etcd and systemd do not cover it: its files, its identity,
// its addresses, and the two bootstrap look-ups (DNS, discovery) that go out from it.

export interface Host {
  /** The file's text, or undefined where there is none. */
  read(path: string): Promise<string | undefined>;
  /** Atomic (write beside, fsync, rename), makes missing folders; `mode` defaults to 0o644. */
  write(path: string, text: string, mode?: number): Promise<void>;
  /** Removes a file or a whole folder; nothing where there is none. */
  remove(path: string): Promise<void>;
  /** The names in a folder, sorted; empty where there is none. */
  names(folder: string): Promise<string[]>;
  hostname(): string;
  /** Differs after each boot of the machine. */
  bootId(): Promise<string>;
  /** IPv4 addresses by interface name, loopback left out. */
  addresses(): { interface: string; address: string }[];
  /** The source address the kernel would use towards `destination` (an IPv4 address). HostError when there is no route. */
  sourceAddressTo(destination: string): Promise<string>;
  /** First line-set that `command --version` prints; undefined where the command does not exist. */
  versionOf(command: string): Promise<string | undefined>;
  /** Targets of a DNS SRV record; empty where it has none. */
  resolveSrv(name: string): Promise<{ host: string; port: number }[]>;
  /** IPv4 addresses of a host name; an address stands for itself. */
  resolve(host: string): Promise<string[]>;
  /** One HTTP request within `timeoutMs`; any status is an answer, only transport failures throw HostError. */
  http(request: {
    method: "GET" | "PUT";
    url: string;
    form?: Record<string, string>;
    /** Paths of this host's certificate and key, and of the authority that the other side must have. */
    tls?: { cert: string; key: string; ca: string };
    timeoutMs: number;
  }): Promise<{ status: number; body: string; headers: Record<string, string> }>;
}

export class HostError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "HostError";
  }
}
