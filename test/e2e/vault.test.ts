// Vault on the managers, with etcdctl and the operator's two commands only: started, initialised, unsealed, changed
// while the operator unseals, sealed, killed, and stopped with its data kept. The tests build on each other.
import { beforeAll, describe, expect, it } from "vitest";
import { decryptWith, newPgpPair, type PgpPair } from "../conformance/vault/servers.ts";
import { VAULT_BUILD_MS } from "../fixtures/vault/build.ts";
import type { Host } from "../lab/host/host.ts";
import { loadVaultImages, VAULT_IMAGES } from "../lab/image/vault-images.ts";
import { waitFor } from "../lab/wait.ts";
import { labScenario } from "./lab-scenario.ts";
import { findSecretMarker } from "./secret-search.ts";
import { etcdctl, put, untilEvent, untilReady } from "./swarm.ts";

interface Server {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly settings?: "current" | "old";
}

const scenario = labScenario("trixie", "vault");
const h1 = () => scenario.host("h1");

async function servers(): Promise<readonly Server[]> {
  const { stdout } = await h1().exec("swarmkeeper vault status -o json");
  return (JSON.parse(stdout) as { servers: Server[] }).servers;
}

const statesOf = (all: readonly Server[]) => all.map(({ name, state }) => `${name} ${state}`).join(", ");

function untilServers(what: string, holds: (all: readonly Server[]) => boolean): Promise<readonly Server[]> {
  return waitFor(what, 120_000, async saw => {
    const all = await servers();
    saw(statesOf(all));
    return holds(all) ? all : undefined;
  });
}

const inState = (all: readonly Server[], state: string) => all.filter(server => server.state === state);
const allServe = (all: readonly Server[]) =>
  inState(all, "active").length === 1 && inState(all, "standby").length === all.length - 1;

const hostOf = ({ name }: Server): Host => scenario.host(name);
const imageOf = (host: Host) => host.out("docker inspect --format '{{.Config.Image}}' swarmkeeper-vault");
const announced = async () =>
  (await etcdctl(h1(), "get --prefix --keys-only /swarmkeeper/services/vault/")).split("\n").filter(Boolean).length;

/** Waits for the next server that a change has restarted. Expects that no other server is sealed. */
async function nextSealed(done: readonly string[]) {
  const all = await untilServers("the next server to wait for its share", now =>
    inState(now, "sealed").some(({ name }) => !done.includes(name)),
  );
  const [next, ...others] = inState(all, "sealed");
  expect(others).toEqual([]);
  if (!next) throw new Error("no server is sealed");
  return { all, next };
}

let pair: PgpPair;
let share = "";
let token = "";

const unseal = (host: Host) => host.exec("swarmkeeper vault unseal", { stdin: share });

async function initialise(out: string): Promise<void> {
  await h1().out(`swarmkeeper vault init --pgp-keys /root/alice.pgp --root-token-pgp-key /root/alice.pgp --out ${out}`);
  const made = JSON.parse(await h1().out(`cat ${out}`)) as {
    shares: { share: string }[];
    rootToken: { token: string };
  };
  share = await decryptWith(pair)(made.shares[0]?.share ?? "");
  token = await decryptWith(pair)(made.rootToken.token);
}

async function activeServer(): Promise<Server> {
  const active = (await untilServers("one active server", all => inState(all, "active").length === 1)).find(
    ({ state }) => state === "active",
  );
  if (!active) throw new Error("no server is active");
  return active;
}

beforeAll(async () => {
  await untilReady(h1());
  await loadVaultImages(scenario.lab(), scenario.hosts());
  pair = await newPgpPair();
  await h1().out("base64 -d >/root/alice.pgp", { stdin: pair.public });
}, VAULT_BUILD_MS);

describe("spec/vault/enabled true", () => {
  it("starts Vault on every manager and on no worker", async () => {
    await put(h1(), "vault/image", VAULT_IMAGES[0]);
    await put(h1(), "vault/enabled", "true");
    const all = await untilServers("three uninitialised servers", now => inState(now, "uninitialised").length === 3);
    expect(all.map(({ name }) => name)).toEqual(["h1", "h2", "h3"]);
    expect(await announced()).toBe(0);
    const first = await untilEvent(h1(), { reason: "VaultUninitialised", node: "h2" });
    await put(h1(), "vault/reminder-seconds", "5");
    await untilEvent(h1(), { reason: "VaultUninitialised", node: "h2", subject: `${first.subject}/reminder` });
    await put(h1(), "vault/reminder-seconds", "14400");
  });

  it("initialises Vault once, with encrypted shares only, and unseals it manually", async () => {
    const rejected = await h1().exec(
      "swarmkeeper vault init --root-token-pgp-key /root/alice.pgp --out /root/vault.json",
    );
    expect(rejected.code).not.toBe(0);
    const nowhere = "--pgp-keys /root/alice.pgp --root-token-pgp-key /root/alice.pgp --out /no/such/place.json";
    expect((await h1().exec(`swarmkeeper vault init ${nowhere}`)).code).not.toBe(0);
    expect(inState(await servers(), "uninitialised")).toHaveLength(3);
    await initialise("/root/vault.json");
    const all = await untilServers("three sealed servers", now => inState(now, "sealed").length === 3);
    for (const server of all) expect((await unseal(hostOf(server))).code).toBe(0);
    await untilServers("all to serve", allServe);
    await waitFor("all to be announced", 30_000, async () => (await announced()) === 3);
  });

  it("starts Vault on a new manager and stops it on a demoted one", async () => {
    await put(h1(), "managers", "5");
    await untilServers("five, the new ones sealed", all => all.length === 5 && inState(all, "sealed").length === 2);
    await untilReady(h1()).catch(() => "sealed servers may keep the status from being ready");
    await put(h1(), "managers", "3");
    await untilServers("three serving servers", all => all.length === 3 && allServe(all));
    for (const name of ["h4", "h5"])
      expect((await scenario.host(name).exec("systemctl is-active vault.service")).stdout.trim()).not.toBe("active");
  });
});

describe("another Vault image", () => {
  it("a new image goes to one standby at a time, as the operator unseals, and to the active server last", async () => {
    const active = await activeServer();
    await put(h1(), "vault/image", VAULT_IMAGES[1]);
    const order: string[] = [];
    while (order.length < 3) {
      const { all, next } = await nextSealed(order);
      order.push(next.name);
      const images = await Promise.all(all.map(server => imageOf(hostOf(server))));
      expect(images.filter(image => image === VAULT_IMAGES[1])).toHaveLength(order.length);
      await waitFor(`the status to wait for the unseal of ${next.name}`, 30_000, async saw => {
        const { stdout } = await h1().exec("swarmkeeper vault status -o json");
        saw(stdout);
        const { waiting } = JSON.parse(stdout) as { waiting: { what: string; reason: string }[] };
        const isAwaited = waiting.some(({ what, reason }) => reason === "Sealed" && what.endsWith(next.name));
        return order.length === 3 || isAwaited;
      });
      expect((await unseal(hostOf(next))).code).toBe(0);
    }
    expect(order.at(-1)).toBe(active.name);
    const all = await untilServers(
      "all to serve with the new settings",
      now => allServe(now) && now.every(s => s.settings === "current"),
    );
    expect(all).toHaveLength(3);
  });
});

describe("Vault servers that stop serving", () => {
  it("a sealed server leaves the key services/vault at once, and an event reports it", async () => {
    const active = await activeServer();
    const url = `http://${hostOf(active).address}:8200/v1/sys/seal`;
    const { status } = await fetch(url, { method: "PUT", headers: { "X-Vault-Token": token } });
    expect(status).toBe(204);
    await waitFor("two to be announced", 30_000, async () => (await announced()) === 2);
    await untilServers("it to be sealed", all => inState(all, "sealed").some(({ name }) => name === active.name));
    await untilEvent(h1(), { reason: "VaultSealed", node: active.name, subject: active.id });
    expect((await unseal(hostOf(active))).code).toBe(0);
    await untilServers("all to serve", allServe);
  });

  it("after the active server is killed, another becomes active, and the killed one waits for its share", async () => {
    const active = await activeServer();
    await hostOf(active).out("docker kill --signal KILL swarmkeeper-vault");
    await untilServers("another to be active", all => inState(all, "active").some(({ name }) => name !== active.name));
    await untilServers("the killed one to be back, sealed", all =>
      inState(all, "sealed").some(({ name }) => name === active.name),
    );
    expect((await unseal(hostOf(active))).code).toBe(0);
    await untilServers("all to serve", allServe);
  });

  it("no share and no token of Vault is stored on any host", async () => {
    expect(await findSecretMarker(scenario.hosts(), share)).toEqual([]);
    expect(await findSecretMarker(scenario.hosts(), token)).toEqual([]);
  });
});

it("spec/vault/enabled false stops Vault, the active server last, and keeps its data", async () => {
  await put(h1(), "vault/enabled", "false");
  await untilServers("no server", all => all.length === 0);
  for (const name of ["h1", "h2", "h3"])
    expect((await scenario.host(name).exec("docker ps -q --filter name=swarmkeeper-vault")).stdout).toBe("");
  expect(await announced()).toBe(0);
  expect(await etcdctl(h1(), "get --prefix --keys-only --limit 1 /vault/")).not.toBe("");
});

describe("spec/vault/storage raft", () => {
  it("starts an empty Vault whose servers find each other after one of them is initialised", async () => {
    await put(h1(), "vault/storage", "raft");
    await put(h1(), "vault/enabled", "true");
    await untilServers("three uninitialised servers", now => inState(now, "uninitialised").length === 3);
    await initialise("/root/raft.json");
    expect((await unseal(h1())).code).toBe(0);
    await untilServers("h1 to be active", all => inState(all, "active").some(({ name }) => name === "h1"));
    await untilServers("the others to have joined, sealed", all => inState(all, "sealed").length === 2);
    for (const name of ["h2", "h3"]) expect((await unseal(scenario.host(name))).code).toBe(0);
    await untilServers("all to serve", allServe);
    // Vault gives a vote to a server that has followed the log for ten seconds.
    await waitFor("all three to have a vote", 60_000, async saw => {
      const answer = await fetch(`http://${h1().address}:8200/v1/sys/storage/raft/configuration`, {
        headers: { "X-Vault-Token": token },
      });
      const { data } = (await answer.json()) as { data: { config: { servers: { voter: boolean }[] } } };
      saw(JSON.stringify(data.config.servers));
      return data.config.servers.filter(({ voter }) => voter).length === 3;
    });
  });

  it("a new manager joins Vault's raft, and the data survives a change of the image on all servers", async () => {
    const headers = { "X-Vault-Token": token };
    const at = async (path: string, init?: RequestInit) =>
      fetch(`http://${hostOf(await activeServer()).address}:8200/v1/${path}`, { headers, ...init });
    await at("sys/mounts/test", { method: "POST", body: JSON.stringify({ type: "kv" }) });
    await at("test/word", { method: "POST", body: JSON.stringify({ is: "stored" }) });
    await put(h1(), "managers", "5");
    const five = await untilServers("the new ones to have joined, sealed", all => inState(all, "sealed").length === 2);
    for (const server of inState(five, "sealed")) expect((await unseal(hostOf(server))).code).toBe(0);
    await untilServers("all five to serve", all => all.length === 5 && allServe(all));
    await put(h1(), "vault/image", VAULT_IMAGES[0]);
    for (const done: string[] = []; done.length < 5; ) {
      const { next } = await nextSealed(done);
      expect((await unseal(hostOf(next))).code).toBe(0);
      done.push(next.name);
    }
    await untilServers(
      "all to serve with the new image",
      now => allServe(now) && now.every(s => s.settings === "current"),
    );
    expect(await (await at("test/word")).json()).toMatchObject({ data: { is: "stored" } });
  });
});
