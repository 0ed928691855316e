// The version of this program, from the one place that states it; a bundler puts it into the release.
import manifest from "../package.json" with { type: "json" };

export const VERSION: string = manifest.version;
