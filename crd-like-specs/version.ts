// The version of this program, from package.json. The bundler copies it into the release.
import manifest from "../package.json" with { type: "json" };

export const VERSION: string = manifest.version;
