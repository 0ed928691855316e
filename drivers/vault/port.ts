// What swarmkeeper needs of a Vault server: its health, and for an operator at a terminal also initialising and
// unsealing.

/** A standby that cannot reach the active server is still a standby. Any other answer of a server is an error. */
export type VaultState = "uninitialised" | "sealed" | "standby" | "active";

export interface VaultHealth {
  readonly state: VaultState;
  /** As the server prints it: "1.13.1". */
  readonly version: string;
}

export interface SealStatus {
  readonly initialised: boolean;
  readonly sealed: boolean;
  /** The number of shares of the unseal key. 0 before the server is initialised. */
  readonly shares: number;
  /** The number of shares that unseal. 0 before the server is initialised. */
  readonly threshold: number;
  /** The number of shares accepted in the current attempt to unseal. */
  readonly progress: number;
  readonly version: string;
  /** "etcd", "raft", … */
  readonly storage: string;
}

export interface InitialiseOptions {
  readonly threshold: number;
  /** One public key per share, base64 of the binary key, as Vault requires. The server returns each share encrypted. */
  readonly pgpKeys: readonly string[];
  /** Encrypts the root token. Must be one of `pgpKeys`: see checkKeys. */
  readonly rootTokenPgpKey: string;
}

/** Encrypted and in base64. The shares have the order of the keys. */
export interface Initialised {
  readonly shares: readonly string[];
  readonly rootToken: string;
}

/** Every call rejects with VaultError alone, and all but `initialise` end within a few seconds. */
export interface Vault {
  health(): Promise<VaultHealth>;
  sealStatus(): Promise<SealStatus>;
  /** Ends within minutes. A caller that does not wait loses the shares, and with them the Vault. */
  initialise(options: InitialiseOptions): Promise<Initialised>;
  /** Sends one share of the unseal key. The share is never in an error or a log. */
  unseal(share: string): Promise<SealStatus>;
}

/** `url`: http(s)://host:port of one server. Throws a TypeError for any other text. Sends nothing. */
export type ConnectVault = (url: string) => Vault;

export type VaultErrorKind =
  | "unreachable" // no answer, or not in time: the state of the server is unknown
  | "already-initialised"
  | "uninitialised"
  | "bad-share"
  | "bad-pgp-key"
  | "other";

/** Every failure of this driver. It has no cause, because a cause could contain a share. */
export class VaultError extends Error {
  override readonly name = "VaultError";
  readonly kind: VaultErrorKind;

  constructor(kind: VaultErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
