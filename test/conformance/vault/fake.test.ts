import { describe, expect, it } from "vitest";
import { fakeClock } from "../../fakes/clock/clock.ts";
import { FakeVault } from "../../fakes/vault/vault.ts";
import { runningClock } from "../eventually.ts";
import { vaultSuite } from "./suite.ts";

const A = "http://10.0.0.1:8200";
const B = "http://10.0.0.2:8200";
const C = "http://10.0.0.3:8200";
/** The first bytes of a public key. The fake reads no more. */
const KEY = Buffer.from([0x99, 0x01, 0x0d, 0x04]).toString("base64");

vaultSuite("the fake", async () => {
  const { clock, stop } = runningClock();
  const world = new FakeVault(clock);
  for (const url of [A, B, C]) world.start(url);
  return {
    clock,
    connect: world.connect,
    urls: [A, B, C],
    pgpKey: KEY,
    decrypt: async message => world.decrypt(message),
    start: async url => world.start(url),
    stop: async url => world.stop(url),
    kill: async url => world.kill(url),
    close: stop,
  };
});

describe("the fake Vault", () => {
  async function unsealed() {
    const clock = fakeClock();
    const world = new FakeVault(clock);
    for (const url of [A, B]) world.start(url);
    const { shares } = await world.connect(A).initialise({ threshold: 1, pgpKeys: [KEY], rootTokenPgpKey: KEY });
    const [share = ""] = shares.map(each => world.decrypt(each));
    for (const url of [A, B]) await world.connect(url).unseal(share);
    return { clock, world };
  }

  it("fails over after exactly the measured time", async () => {
    const { clock, world } = await unsealed();
    world.seal(A);
    expect([world.state(A), world.state(B)]).toEqual(["sealed", "standby"]);
    await clock.advance(599);
    expect(world.state(B)).toBe("standby");
    await clock.advance(1);
    expect(world.state(B)).toBe("active");
  });

  it("keeps the lock of a killed server, also if that server returns", async () => {
    const { clock, world } = await unsealed();
    world.kill(A);
    world.start(A, "1.13.2");
    await clock.advance(12_299);
    expect([world.state(A), world.state(B)]).toEqual(["sealed", "standby"]);
    await clock.advance(1);
    expect(world.state(B)).toBe("active");
    expect(await world.connect(A).health()).toEqual({ state: "sealed", version: "1.13.2" });
  });

  it("keeps its state while it is cut off and does not answer", async () => {
    const { clock, world } = await unsealed();
    world.cut(A);
    const answered = expect(world.connect(A).health()).rejects.toMatchObject({ kind: "unreachable" });
    await clock.advance(5_000);
    await answered;
    expect([world.state(A), world.state(B)]).toEqual(["active", "standby"]);
    world.heal(A);
    expect(await world.connect(A).health()).toMatchObject({ state: "active" });
  });
});
