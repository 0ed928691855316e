// The operating system under an agent: files, identity, addresses and commands, and the requests that a bootstrap sends
// (DNS, discovery). Docker, etcd and systemd have their own ports.

/** Asynchronous calls reject with HostError alone. */
export interface Host {
  /** The file's text. Undefined if it does not exist. */
  read(path: string): Promise<string | undefined>;
  /** Atomic: writes a temporary file, syncs and renames it. Creates folders. Default `mode`: 0o644. */
  write(path: string, text: string, mode?: number): Promise<void>;
  /** Removes a file or a whole folder. Does nothing if it does not exist. */
  remove(path: string): Promise<void>;
  /** The names in a folder, sorted. Empty if the folder does not exist. */
  names(folder: string): Promise<string[]>;
  hostname(): string;
  /** Differs after each boot of the host. */
  bootId(): Promise<string>;
  /** IPv4 addresses with their interfaces, without loopback. */
  addresses(): { interface: string; address: string }[];
  /** The source address of packets to `destination` (an IPv4 address). HostError when there is no route. */
  sourceAddressTo(destination: string): Promise<string>;
  /** The first line that `command --version` prints. Undefined if the command does not exist. */
  versionOf(command: string): Promise<string | undefined>;
  /** The targets of a DNS SRV record. Empty if there is none. */
  resolveSrv(name: string): Promise<{ host: string; port: number }[]>;
  /** The IPv4 addresses of a host name. An address resolves to itself. */
  resolve(host: string): Promise<string[]>;
  /** One HTTP request within `timeoutMs`. Any status is an answer; only transport failures are a HostError. */
  http(request: {
    method: "GET" | "PUT";
    url: string;
    form?: Record<string, string>;
    /** Paths of this host's certificate and key, and of the authority that signed the server's certificate. */
    tls?: { cert: string; key: string; ca: string };
    timeoutMs: number;
  }): Promise<{ status: number; body: string; headers: Record<string, string> }>;
}

/** Every failure of this driver. The message names the attempt and the reason. */
export class HostError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "HostError";
  }
}
