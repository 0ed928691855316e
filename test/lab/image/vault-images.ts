// Vault images for the hosts' engines, which reach no registry: two images of the same program, which differ in a
// label, so that a test can replace one with the other.
import { readFile } from "node:fs/promises";
import { imagesOf } from "../../fixtures/image.ts";
import { vaultBinaries } from "../../fixtures/vault/build.ts";
import type { Host } from "../host/host.ts";
import type { Lab } from "../lab.ts";

export const VAULT_IMAGES = ["swarmkeeper/vault:1.13.1", "swarmkeeper/vault:1.13.1-2"] as const;

/** Measured: half a minute per host on a busy machine. */
const LOAD_MS = 300_000;

/**
 * Loads VAULT_IMAGES, which are values of `spec/vault/image`, into these hosts' engines through the lab's server. Waits
 * for the build of Vault if it still runs. LabError if a host cannot load them.
 */
export async function loadVaultImages(lab: Pick<Lab, "publish">, hosts: readonly Pick<Host, "out">[]): Promise<void> {
  const { vault } = await vaultBinaries();
  const url = await lab.publish("vault.tar", await vaultTarball(await readFile(vault)));
  for (const host of hosts) await host.out(`curl -fsS ${url} | docker load`, { timeoutMs: LOAD_MS });
}

/**
 * The images as one tarball. The program must be static, because the images contain nothing else, no CA certificates.
 */
export function vaultTarball(program: Uint8Array): Promise<Buffer> {
  const images = VAULT_IMAGES.map(reference => ({
    reference,
    config: { Env: ["PATH=/bin"], Entrypoint: ["vault"], Labels: { "swarmkeeper.test": reference } },
  }));
  return imagesOf("bin/vault", program, images);
}
