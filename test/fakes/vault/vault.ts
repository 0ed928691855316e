// The twin of Vault: servers on one storage with one lock, on a clock that a simulation turns. It keeps no secrets; it
// refuses what Vault refuses. test/conformance/vault holds both to one suite.
import type { Clock } from "../../../drivers/clock/port.ts";
import { checkKeys } from "../../../drivers/vault/errors.ts";
import type {
  ConnectVault,
  Initialised,
  InitialiseOptions,
  SealStatus,
  Vault,
  VaultState,
} from "../../../drivers/vault/port.ts";
import { VaultError } from "../../../drivers/vault/port.ts";
import { fakeMessage, fromFakeMessage, isPublicKey, isShareLike, shareOf } from "./secrets.ts";

export interface VaultTimings {
  /** From an orderly end, or the seal, of the active server until a standby is active. */
  readonly transferMs: number;
  /** From its death: its lock waits out its time to live. */
  readonly lockLossMs: number;
  /** A server that does not answer is given up. */
  readonly callMs: number;
}

/** As measured with Vault 1.13.1 on etcd 3.6. */
export const measuredVaultTimings: VaultTimings = { transferMs: 600, lockLossMs: 12_300, callMs: 5_000 };

interface Server {
  readonly url: string;
  readonly version: string;
  sealed: boolean;
  /** Of the present attempt to unseal. */
  readonly shares: Set<string>;
  cut: boolean;
}

/** What all servers of this world keep together. */
interface Storage {
  readonly shares: readonly string[];
  readonly threshold: number;
}

export class FakeVault {
  readonly #clock: Clock;
  readonly #timings: VaultTimings;
  /** Those that run; the ones unsealed first stand first when the lock is free. */
  readonly #servers = new Map<string, Server>();
  readonly #unsealed: Server[] = [];
  #storage: Storage | undefined;
  #active: Server | undefined;
  #lockFreeAt = 0;

  constructor(clock: Clock, timings: Partial<VaultTimings> = {}) {
    this.#clock = clock;
    this.#timings = { ...measuredVaultTimings, ...timings };
  }

  /** A connection; the server need not run yet. */
  readonly connect: ConnectVault = url => this.#client(url);

  /** Starts a server, sealed. */
  start(url: string, version = "1.13.1"): void {
    if (this.#servers.has(url)) throw new Error(`a Vault runs at ${url} already`);
    this.#servers.set(url, { url, version, sealed: true, shares: new Set(), cut: false });
  }

  /** SIGTERM: an active server gives its lock back. Idempotent, as `kill` is. */
  stop(url: string): void {
    this.#end(url, this.#timings.transferMs);
  }

  /** SIGKILL, or loss of power. */
  kill(url: string): void {
    this.#end(url, this.#timings.lockLossMs);
  }

  /** What an operator does with a token, and a server by itself when it loses its storage for long. */
  seal(url: string): void {
    const server = this.#running(url);
    this.#withdraw(server, this.#timings.transferMs);
    server.sealed = true;
    server.shares.clear();
  }

  /** Its answers reach nobody, until healed; it goes on otherwise. */
  cut(url: string): void {
    this.#running(url).cut = true;
  }

  heal(url: string): void {
    this.#running(url).cut = false;
  }

  /** What is true at this moment, whoever can see it; undefined where nothing runs. */
  state(url: string): VaultState | undefined {
    const server = this.#servers.get(url);
    return server && this.#stateOf(server);
  }

  /** What the holder of the private key reads in a share or a root token. */
  decrypt(message: string): string {
    return fromFakeMessage(message);
  }

  #end(url: string, lockMs: number): void {
    const server = this.#servers.get(url);
    if (server === undefined) return;
    this.#withdraw(server, lockMs);
    this.#servers.delete(url);
  }

  #withdraw(server: Server, lockMs: number): void {
    this.#elect();
    const place = this.#unsealed.indexOf(server);
    if (place >= 0) this.#unsealed.splice(place, 1);
    if (this.#active !== server) return;
    this.#active = undefined;
    this.#lockFreeAt = this.#clock.monotonic() + lockMs;
  }

  /** Called before whatever changes who could have the lock, so that it is as if the lock were taken in time. */
  #elect(): void {
    if (this.#active === undefined && this.#clock.monotonic() >= this.#lockFreeAt) this.#active = this.#unsealed[0];
  }

  #running(url: string): Server {
    const server = this.#servers.get(url);
    if (server === undefined) throw new Error(`no Vault runs at ${url}`);
    return server;
  }

  #stateOf(server: Server): VaultState {
    if (this.#storage === undefined) return "uninitialised";
    if (server.sealed) return "sealed";
    this.#elect();
    return this.#active === server ? "active" : "standby";
  }

  #client(url: string): Vault {
    return {
      health: async () => {
        const server = await this.#answering(url);
        return { state: this.#stateOf(server), version: server.version };
      },
      sealStatus: async () => this.#sealStatus(await this.#answering(url)),
      initialise: async options => {
        checkKeys(options);
        await this.#answering(url);
        return this.#initialise(options);
      },
      unseal: async share => {
        await this.#answering(url);
        // Told that there is one, the caller may have ended it in the same moment.
        const server = this.#servers.get(url);
        if (server === undefined) throw new VaultError("unreachable", `no Vault answers at ${url}`);
        this.#unseal(server, share);
        return this.#sealStatus(server);
      },
    };
  }

  async #answering(url: string): Promise<Server> {
    if (this.#servers.get(url)?.cut) await this.#clock.sleep(this.#timings.callMs);
    // Another may run there by now.
    const server = this.#servers.get(url);
    if (server === undefined || server.cut) throw new VaultError("unreachable", `no Vault answers at ${url}`);
    return server;
  }

  #sealStatus({ sealed, shares, version }: Server): SealStatus {
    return {
      initialised: this.#storage !== undefined,
      sealed,
      shares: this.#storage?.shares.length ?? 0,
      threshold: this.#storage?.threshold ?? 0,
      progress: shares.size,
      version,
      storage: "etcd",
    };
  }

  #initialise({ pgpKeys, threshold }: InitialiseOptions): Initialised {
    if (threshold < 1 || threshold > pgpKeys.length || (threshold === 1 && pgpKeys.length > 1))
      throw new VaultError("other", `${threshold} is no threshold of ${pgpKeys.length} shares`);
    if (!pgpKeys.every(isPublicKey)) throw new VaultError("bad-pgp-key", "error parsing given PGP key");
    if (this.#storage !== undefined) throw new VaultError("already-initialised", "Vault is already initialized");
    const shares = pgpKeys.map((_, index) => shareOf(index));
    this.#storage = { shares, threshold };
    return { shares: shares.map(fakeMessage), rootToken: fakeMessage("hvs.twin") };
  }

  #unseal(server: Server, share: string): void {
    if (!isShareLike(share)) throw new VaultError("bad-share", "the share is neither hex nor base64 of 16 to 33 bytes");
    const storage = this.#storage;
    if (storage === undefined) throw new VaultError("uninitialised", "Vault is not initialized");
    if (!server.sealed) return;
    server.shares.add(share);
    if (server.shares.size < storage.threshold) return;
    const fit = [...server.shares].every(each => storage.shares.includes(each));
    server.shares.clear();
    // Only together do shares show that one of them is wrong.
    if (!fit) throw new VaultError("bad-share", "the shares do not fit together");
    this.#elect();
    server.sealed = false;
    this.#unsealed.push(server);
  }
}
