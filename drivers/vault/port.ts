// What swarmkeeper needs of a Vault server: how it is, and, for an operator at a terminal, its first start and its seal.

/** A standby that cannot reach the active one is a standby still; whatever else a server answers is an error. */
export type VaultState = "uninitialised" | "sealed" | "standby" | "active";

export interface VaultHealth {
  readonly state: VaultState;
  /** As the server prints it: "1.13.1". */
  readonly version: string;
}

export interface SealStatus {
  readonly initialised: boolean;
  readonly sealed: boolean;
  /** In how many shares the key was split, and how many of them unseal; 0 before the first start. */
  readonly shares: number;
  readonly threshold: number;
  /** How many shares of the present attempt were taken. */
  readonly progress: number;
  readonly version: string;
  /** "etcd", "raft", … */
  readonly storage: string;
}

export interface InitialiseOptions {
  readonly threshold: number;
  /** One public key for each share, base64 of the binary key as Vault takes it: shares leave the server encrypted only. */
  readonly pgpKeys: readonly string[];
  /** Encrypts the root token. One of `pgpKeys`: see checkKeys. */
  readonly rootTokenPgpKey: string;
}

/** Encrypted, base64, shares in the order of the keys. */
export interface Initialised {
  readonly shares: readonly string[];
  readonly rootToken: string;
}

/** Rejects with VaultError; every call but `initialise` ends within a few seconds. */
export interface Vault {
  health(): Promise<VaultHealth>;
  sealStatus(): Promise<SealStatus>;
  /** Ends within minutes: whoever does not wait for the shares has lost them, and the Vault with them. */
  initialise(options: InitialiseOptions): Promise<Initialised>;
  /** Hands in one share of the key. The share is in no error and in no log. */
  unseal(share: string): Promise<SealStatus>;
}

/** `url`: http(s)://host:port of one server. */
export type ConnectVault = (url: string) => Vault;

export type VaultErrorKind =
  /** Nobody answers there, or not in time: nothing is known of the server. */
  "unreachable" | "already-initialised" | "uninitialised" | "bad-share" | "bad-pgp-key" | "other";

export class VaultError extends Error {
  override readonly name = "VaultError";
  readonly kind: VaultErrorKind;

  constructor(kind: VaultErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
