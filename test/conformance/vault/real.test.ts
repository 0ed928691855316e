import { systemClock } from "../../../drivers/clock/real.ts";
import { connectVault } from "../../../drivers/vault/real.ts";
import { VAULT_BUILD_MS } from "../../fixtures/vault/build.ts";
import { decryptWith, newPgpPair, startVaults } from "./servers.ts";
import { vaultSuite } from "./suite.ts";

vaultSuite(
  "three servers on etcd",
  async () => {
    const servers = await startVaults();
    const pair = await newPgpPair();
    return {
      clock: systemClock,
      connect: connectVault(),
      urls: servers.urls,
      pgpKey: pair.public,
      decrypt: decryptWith(pair),
      start: servers.start,
      stop: url => servers.end(url, "SIGTERM"),
      kill: url => servers.end(url, "SIGKILL"),
      close: servers.close,
    };
  },
  VAULT_BUILD_MS,
);
