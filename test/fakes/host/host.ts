// The twin of a machine: a small file tree in memory, and scripted answers from the network.
import { reasonOf } from "../../../crd-like-specs/reason.ts";
import { type Host, HostError } from "../../../drivers/host/port.ts";

type HttpRequest = Parameters<Host["http"]>[0];
type HttpAnswer = Awaited<ReturnType<Host["http"]>>;

/** What the machine finds outside itself; all of it may be changed while it runs. */
export interface Surroundings {
  hostname: string;
  /** By interface name. The first is the source towards everywhere, unless `routes` says otherwise. */
  addresses: { interface: string; address: string }[];
  /** Source address by destination; undefined for no route. */
  routes: Map<string, string | undefined>;
  /** First line of `--version`, by command. */
  versions: Map<string, string>;
  srv: Map<string, { host: string; port: number }[]>;
  names: Map<string, string[]>;
  /** Answers each request; throws for a failure of the transport. */
  answer(request: HttpRequest): HttpAnswer | Promise<HttpAnswer>;
}

interface StoredFile {
  readonly text: string;
  readonly mode: number;
}

export class FakeHost implements Host {
  readonly surroundings: Surroundings;
  readonly #files = new Map<string, StoredFile>();
  #boots = 1;

  constructor(surroundings: Partial<Surroundings> = {}) {
    this.surroundings = {
      hostname: "host",
      addresses: [{ interface: "eth0", address: "10.0.0.1" }],
      routes: new Map(),
      versions: new Map(),
      srv: new Map(),
      names: new Map(),
      answer: ({ url }) => {
        throw new Error(`nothing answers at ${url}`);
      },
      ...surroundings,
    };
  }

  /** The next boot; files stay. */
  reboot(): void {
    this.#boots += 1;
  }

  /** What `read` gives, without waiting: for a twin that shares this disk. */
  peek(path: string): string | undefined {
    return this.#files.get(clean(path))?.text;
  }

  modeOf(path: string): number | undefined {
    return this.#files.get(clean(path))?.mode;
  }

  /** Every path with a file, sorted. */
  paths(): string[] {
    return [...this.#files.keys()].sort();
  }

  async read(path: string): Promise<string | undefined> {
    const file = this.peek(path);
    if (file === undefined && this.#isFolder(clean(path)))
      throw new HostError(`this host could not read ${path}: it is a folder`);
    return file;
  }

  async write(path: string, text: string, mode = 0o644): Promise<void> {
    const target = clean(path);
    if (this.#isFolder(target)) throw new HostError(`this host could not write ${path}: it is a folder`);
    const blocking = parents(target).find(parent => this.#files.has(parent));
    if (blocking) throw new HostError(`this host could not write ${path}: ${blocking} is a file`);
    this.#files.set(target, { text, mode });
  }

  async remove(path: string): Promise<void> {
    const target = clean(path);
    for (const known of this.paths()) if (known === target || isUnder(known, target)) this.#files.delete(known);
  }

  async names(folder: string): Promise<string[]> {
    const target = clean(folder);
    if (this.#files.has(target)) throw new HostError(`this host could not list ${folder}: it is a file`);
    const under = this.paths().filter(path => isUnder(path, target));
    const prefix = target === "/" ? 1 : target.length + 1;
    return [...new Set(under.map(path => path.slice(prefix).split("/")[0] ?? ""))].sort();
  }

  hostname(): string {
    return this.surroundings.hostname;
  }

  async bootId(): Promise<string> {
    return `${this.surroundings.hostname}-boot-${this.#boots}`;
  }

  addresses(): { interface: string; address: string }[] {
    return this.surroundings.addresses.map(each => ({ ...each }));
  }

  async sourceAddressTo(destination: string): Promise<string> {
    const { routes, addresses } = this.surroundings;
    if (destination.startsWith("127.")) return "127.0.0.1";
    const source = routes.has(destination) ? routes.get(destination) : addresses[0]?.address;
    if (!isAddress(destination)) throw new HostError(`"${destination}" is not an IPv4 address`);
    if (source === undefined) throw new HostError(`this host has no route to ${destination}`);
    return source;
  }

  async versionOf(command: string): Promise<string | undefined> {
    return this.surroundings.versions.get(command);
  }

  async resolveSrv(name: string): Promise<{ host: string; port: number }[]> {
    return this.surroundings.srv.get(name) ?? [];
  }

  async resolve(host: string): Promise<string[]> {
    if (isAddress(host)) return [host];
    const found = host === "localhost" ? ["127.0.0.1"] : this.surroundings.names.get(host);
    if (found === undefined) throw new HostError(`this host could not look up ${host}: no such name`);
    return found;
  }

  async http(request: HttpRequest): Promise<HttpAnswer> {
    try {
      return await this.surroundings.answer(request);
    } catch (cause) {
      throw new HostError(`this host could not ${request.method} ${request.url}: ${reasonOf(cause)}`, { cause });
    }
  }

  #isFolder(path: string): boolean {
    for (const known of this.#files.keys()) if (isUnder(known, path)) return true;
    return false;
  }
}

const clean = (path: string): string => (path.length > 1 ? path.replace(/\/+$/, "") : path);

const isUnder = (path: string, folder: string): boolean => path.startsWith(folder === "/" ? "/" : `${folder}/`);

const parents = (path: string): string[] =>
  path.split("/").flatMap((_, index, parts) => (index > 1 ? [parts.slice(0, index).join("/")] : []));

const isAddress = (text: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(text);
