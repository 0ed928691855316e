// `make release [ARCH=arm64]`: builds the release for an architecture, by default that of this machine, into dist/.
import { fileURLToPath } from "node:url";
import { buildRelease } from "./release.ts";

const started = Date.now();
const [, , arch = process.arch] = process.argv;
if (arch !== "x64" && arch !== "arm64") {
  console.error(`a release is for x64 or arm64, not for ${arch}`);
  process.exit(2);
}
const { path, sha256, bytes } = await buildRelease(fileURLToPath(new URL("..", import.meta.url)), arch);
console.log(
  `${path}  ${(bytes / 1e6).toFixed(0)} MB  ${((Date.now() - started) / 1000).toFixed(1)} s\nsha256 ${sha256}`,
);
