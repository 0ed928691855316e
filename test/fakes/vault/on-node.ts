// Vault on a host of twins: what its unit's program does there, by the files that the agent has written; and what an
// operator does to servers, for tests.

import { VAULT_CONFIG_PATH, VAULT_ENV_PATH } from "../../../agent/vault/files.ts";
import type { FakeHost } from "../host/host.ts";
import type { Program } from "../systemd/program.ts";
import type { FakeVault } from "./vault.ts";

/** An image of this name is nowhere to be had. */
export const NO_IMAGE = "nowhere/vault:1";
const PGP_KEY = Buffer.from([0x99, 1, 2, 3]).toString("base64");

/** The server runs as long as its program; it ends at once where its image is not to be had. */
export function runVault(world: FakeVault, disk: FakeHost, run: AbortSignal): Program | undefined {
  const image = /IMAGE=(.*)/.exec(disk.peek(VAULT_ENV_PATH) ?? "")?.[1] ?? NO_IMAGE;
  const url = urlOn(disk);
  if (url === undefined || image === NO_IMAGE) return { readyMs: 0, endsMs: 500, code: 125 };
  world.start(url, image.split(":").at(-1) ?? "");
  run.addEventListener("abort", () => world.stop(url));
  return undefined;
}

/** Loss of power. */
export function killVault(world: FakeVault, disk: FakeHost): void {
  const url = urlOn(disk);
  if (url !== undefined) world.kill(url);
}

const urlOn = (disk: FakeHost) => /api_addr = "(.*)"/.exec(disk.peek(VAULT_CONFIG_PATH) ?? "")?.[1];

/** Initialises with one share, and unseals these; then whenever it is called it unseals those. */
export async function operator(world: FakeVault, url: string): Promise<(...urls: string[]) => Promise<void>> {
  const options = { threshold: 1, pgpKeys: [PGP_KEY], rootTokenPgpKey: PGP_KEY };
  const { shares } = await world.connect(url).initialise(options);
  return async (...urls) => {
    for (const each of urls) await world.connect(each).unseal(world.decrypt(shares[0] ?? ""));
  };
}
