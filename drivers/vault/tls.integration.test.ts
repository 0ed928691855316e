// Vault over https, with certificates made by openssl.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeCertificates } from "../../test/fixtures/certificates.ts";
import { connectVault } from "./real.ts";

const SEALED = { initialized: true, sealed: true, n: 3, t: 2, progress: 0, version: "1.13.1", storage_type: "etcd" };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vault-tls-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("connects to Vault over https if a given authority or the system's signed the certificate", async () => {
  await makeCertificates(folder, ["127.0.0.1"]);
  const [key, cert] = await Promise.all(["key.pem", "cert.pem"].map(file => readFile(join(folder, file))));
  const server = createServer({ key, cert }, (_request, response) => response.end(JSON.stringify(SEALED)));
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  try {
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await connectVault({ caFile: join(folder, "ca.pem") })(url).sealStatus()).toMatchObject({ shares: 3 });
    await expect(connectVault()(url).health()).rejects.toMatchObject({
      kind: "unreachable",
      message: expect.stringMatching(/certificate/),
    });
  } finally {
    server.close();
  }
});
