// Conformance suite of the Vault port, for real servers and for the fake: one scenario, from an empty storage to the
// death of the active server.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Clock } from "../../../drivers/clock/port.ts";
import type { ConnectVault, VaultErrorKind, VaultState } from "../../../drivers/vault/port.ts";
import { eventually } from "../eventually.ts";

export interface VaultsUnderTest {
  readonly clock: Clock;
  readonly connect: ConnectVault;
  /** Three servers that run on one empty storage, with high availability. */
  readonly urls: readonly string[];
  /** A public key in the format of the port. */
  readonly pgpKey: string;
  decrypt(message: string): Promise<string>;
  start(url: string): Promise<void>;
  /** Ends a server with SIGTERM. */
  stop(url: string): Promise<void>;
  /** Ends a server with SIGKILL. */
  kill(url: string): Promise<void>;
  close(): Promise<void>;
}

/** A share of the right length that belongs to no Vault. */
const UNRELATED_SHARE = "00".repeat(33);

/** Registers the suite for one kind of servers. `setupMs` is the time that they may need to start. */
export function vaultSuite(title: string, begin: () => Promise<VaultsUnderTest>, setupMs = 10_000): void {
  describe(`vault: ${title}`, { timeout: 90_000 }, () => {
    let world: VaultsUnderTest;
    let shares: string[];

    beforeAll(async () => {
      world = await begin();
    }, setupMs);
    afterAll(() => world?.close(), 60_000);

    const at = (url: string) => world.connect(url);
    const first = () => at(world.urls[0] ?? "");
    const states = () => Promise.all(world.urls.map(async url => (await at(url).health()).state));
    const expectError = (call: Promise<unknown>, kind: VaultErrorKind) =>
      expect(call).rejects.toMatchObject({ name: "VaultError", kind });
    const unseal = async (url: string) => {
      for (const share of shares.slice(0, 2)) await at(url).unseal(share);
    };
    /**
     * Waits until these are the states of the servers that are not among `stopped`. Resolves to the active one's URL.
     */
    const become = (wanted: readonly VaultState[], deadlineMs: number, stopped: readonly string[] = []) =>
      eventually(world.clock, `${wanted.join(", ")}`, deadlineMs, async () => {
        const running = world.urls.filter(url => !stopped.includes(url));
        const now = await Promise.all(running.map(async url => ({ url, state: (await at(url).health()).state })));
        expect(now.map(({ state }) => state).sort()).toEqual([...wanted].sort());
        return now.find(({ state }) => state === "active")?.url ?? "none";
      });

    it("is uninitialised at first, and rejects a share", async () => {
      await become(["uninitialised", "uninitialised", "uninitialised"], 30_000);
      expect(await first().sealStatus()).toMatchObject({
        initialised: false,
        sealed: true,
        shares: 0,
        threshold: 0,
        progress: 0,
        storage: "etcd",
      });
      await expectError(first().unseal(UNRELATED_SHARE), "uninitialised");
    });

    it("rejects invalid keys and an invalid threshold, and stays uninitialised", async () => {
      const noKey = Buffer.from("not a key").toString("base64");
      const options = { threshold: 1, pgpKeys: [world.pgpKey], rootTokenPgpKey: world.pgpKey };
      await expectError(first().initialise({ ...options, pgpKeys: [noKey], rootTokenPgpKey: noKey }), "bad-pgp-key");
      await expectError(first().initialise({ ...options, rootTokenPgpKey: noKey }), "bad-pgp-key");
      await expectError(first().initialise({ ...options, threshold: 2 }), "other");
      expect(await states()).toEqual(["uninitialised", "uninitialised", "uninitialised"]);
    });

    it("is initialised once, and returns shares that only the owners of the keys can read", async () => {
      const { pgpKey } = world;
      const options = { threshold: 2, pgpKeys: [pgpKey, pgpKey, pgpKey], rootTokenPgpKey: pgpKey };
      const result = await first().initialise(options);
      shares = await Promise.all(result.shares.map(world.decrypt));
      expect(shares).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^[\da-f]{66}$/)));
      expect(new Set(shares).size).toBe(3);
      expect(await world.decrypt(result.rootToken)).toMatch(/^hvs\./);
      expect(JSON.stringify(result)).not.toMatch(new RegExp([...shares, "hvs\\."].join("|")));
      await become(["sealed", "sealed", "sealed"], 30_000);
      await expectError(first().initialise(options), "already-initialised");
      expect(await first().sealStatus()).toMatchObject({ initialised: true, sealed: true, shares: 3, threshold: 2 });
      expect((await first().health()).version).toMatch(/^\d+\.\d+\.\d+/);
    });

    it("accepts shares one by one, counts the same one once, and starts again after wrong ones", async () => {
      const [one = "", other = ""] = shares;
      await expectError(first().unseal("no share"), "bad-share");
      expect(await first().unseal(one)).toMatchObject({ sealed: true, progress: 1, threshold: 2 });
      expect(await first().unseal(one)).toMatchObject({ sealed: true, progress: 1 });
      await expectError(first().unseal(UNRELATED_SHARE), "bad-share");
      expect(await first().sealStatus()).toMatchObject({ sealed: true, progress: 0 });
      await first().unseal(other);
      expect(await first().unseal(one)).toMatchObject({ sealed: false, progress: 0 });
      expect(await become(["active", "sealed", "sealed"], 30_000)).toBe(world.urls[0]);
      expect(await first().unseal(other)).toMatchObject({ sealed: false });
    });

    it("has one active server; servers that are unsealed later are standby", async () => {
      for (const url of world.urls.slice(1)) await unseal(url);
      expect(await become(["active", "standby", "standby"], 30_000)).toBe(world.urls[0]);
    });

    it("fails over immediately when the active server stops, and that server returns sealed", async () => {
      const [ended = ""] = world.urls;
      await world.stop(ended);
      await expectError(at(ended).health(), "unreachable");
      await become(["active", "standby"], 10_000, [ended]);
      await world.start(ended);
      await become(["active", "standby", "sealed"], 30_000);
      await unseal(ended);
      await become(["active", "standby", "standby"], 30_000);
    });

    it("fails over after a delay when the active server is killed", async () => {
      const dead = await become(["active", "standby", "standby"], 1_000);
      const died = world.clock.monotonic();
      await world.kill(dead);
      await become(["active", "standby"], 30_000, [dead]);
      expect(world.clock.monotonic() - died).toBeGreaterThan(2_000);
      await expectError(at(dead).sealStatus(), "unreachable");
    });
  });
}
