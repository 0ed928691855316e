// Vault for the hosts' own engines, which reach no registry: two images around the program that the tests have, the same
// but for a label, so that the one can be changed for the other.
import { readFile } from "node:fs/promises";
import { imagesOf } from "../fixtures/image.ts";
import { vaultBinaries } from "../fixtures/vault/build.ts";
import type { Host } from "./host.ts";
import type { Lab } from "./lab.ts";

export const VAULT_IMAGES = ["swarmkeeper/vault:1.13.1", "swarmkeeper/vault:1.13.1-2"] as const;

/** Half a minute a host on a machine with much else to do. */
const LOAD_MS = 300_000;

/**
 * Puts VAULT_IMAGES, as values of `spec/vault/image`, into these hosts' engines by way of the lab's server. Waits for the
 * build of Vault where that is still going on. LabError where a host does not take them.
 */
export async function loadVaultImages(lab: Pick<Lab, "publish">, hosts: readonly Pick<Host, "out">[]): Promise<void> {
  const { vault } = await vaultBinaries();
  const url = await lab.publish("vault.tar", await vaultTarball(await readFile(vault)));
  for (const host of hosts) await host.out(`curl -fsS ${url} | docker load`, { timeoutMs: LOAD_MS });
}

/** The program must be static: there is nothing else in the images, and no certificate of an authority either. */
export function vaultTarball(program: Uint8Array): Promise<Buffer> {
  const images = VAULT_IMAGES.map(reference => ({
    reference,
    config: { Env: ["PATH=/bin"], Entrypoint: ["vault"], Labels: { "swarmkeeper.test": reference } },
  }));
  return imagesOf("bin/vault", program, images);
}
