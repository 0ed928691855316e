// The program as a few modules without dependencies: one entry, and a chunk for what each command loads when it runs.
// Libraries that read a file or a native module from beside themselves are given what they need, or do without.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";

export interface Bundle {
  readonly modules: readonly { readonly name: string; readonly content: Uint8Array }[];
  /** Every source file in it, relative to the root. */
  readonly inputs: readonly string[];
}

/**
 * `swarmkeeper.mjs` and its chunks, by default for the Node that a release carries; the paths in them are relative to
 * `root`. Throws where a library is no longer shaped as expected here.
 */
export async function bundle(root: string, entry: string, target = "node24"): Promise<Bundle> {
  const result = await build({
    entryPoints: { swarmkeeper: entry },
    outdir: "lib",
    write: false,
    metafile: true,
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target,
    outExtension: { ".js": ".mjs" },
    // To Node rxjs offers CommonJS, of which all is loaded; of its ES modules only what is used.
    alias: { rxjs: join(root, "node_modules/rxjs/dist/esm/index.js") },
    chunkNames: "[name]-[hash]",
    // CommonJS libraries call `require` for Node's own modules, and an ES module has none.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    // Source text stays in memory: without white space an agent is 7 MB smaller. Names stay, and lines are kept short,
    // so that a stack trace still says where.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 120,
    // The licenses travel in a file of their own.
    legalComments: "none",
    logLevel: "warning",
    plugins: [inlineEtcdProtocol, dockerWithoutBuilds, vaultWithoutAxios, zodInEnglish, httpWithoutFetch],
  });
  return {
    modules: result.outputFiles.map(({ path, contents }) => ({ name: basename(path), content: contents })),
    inputs: Object.keys(result.metafile.inputs),
  };
}

/** etcd3 parses its rpc.proto at load, with these options; the bundle carries what the parse yields. */
const inlineEtcdProtocol: Plugin = {
  name: "inline-etcd-protocol",
  setup(plugins) {
    plugins.onLoad({ filter: /\/etcd3\/lib\/connection-pool\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const call = /\.loadSync\)\(`\$\{__dirname\}\/\.\.\/proto\/rpc\.proto`/;
      if (!call.test(source) || !source.includes("keepCase: true"))
        throw new Error(`${path} does not load rpc.proto as it did: the bundle would look for that file on every host`);
      const protocol = JSON.stringify(parseProtocol(path));
      return { contents: source.replace(call, () => `.fromJSON)(${protocol}`), loader: "js" };
    });
  },
};

interface ProtobufJs {
  readonly Root: new () => { loadSync(path: string, options: { keepCase: boolean }): { toJSON(): unknown } };
}

/** By the very protobufjs that etcd3 uses, which is no dependency of ours. */
function parseProtocol(connectionPool: string): unknown {
  const protoLoader = createRequire(connectionPool).resolve("@grpc/proto-loader");
  const { Root }: ProtobufJs = createRequire(protoLoader)("protobufjs");
  return new Root().loadSync(join(dirname(connectionPool), "../proto/rpc.proto"), { keepCase: true }).toJSON();
}

/** dockerode can build images and speak over ssh; swarmkeeper does neither, and ssh2 would bring native modules. */
const dockerWithoutBuilds: Plugin = {
  name: "docker-without-builds",
  setup(plugins) {
    plugins.onLoad({ filter: /\/(docker-modem\/lib\/ssh|dockerode\/lib\/(session|buildkit))\.js$/ }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error("${basename(path)} is not part of this release"); };`,
      loader: "js",
    }));
  },
};

/** node-vault is given a transport of ours. Its own would look for fetch, which an agent without a JIT compiler dies of. */
const vaultWithoutAxios: Plugin = {
  name: "vault-without-axios",
  setup(plugins) {
    plugins.onLoad({ filter: /\/node_modules\/axios\/(index\.js|dist\/node\/axios\.cjs)$/ }, () => ({
      contents: 'module.exports = { create() { throw new Error("axios is not part of this release"); } };',
      loader: "js",
    }));
  },
};

/** zod brings its messages in some fifty languages, all of them loaded with it. */
const zodInEnglish: Plugin = {
  name: "zod-in-english",
  setup(plugins) {
    plugins.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
      loader: "js",
    }));
  },
};

/** An ES import of node:http reads its every property, and WebSocket among them loads undici: 5 MB. `require` reads none. */
const httpWithoutFetch: Plugin = {
  name: "http-without-fetch",
  setup(plugins) {
    plugins.onResolve({ filter: /^node:http$/ }, ({ kind, path }) =>
      kind === "import-statement" ? { path, namespace: "required" } : undefined,
    );
    plugins.onLoad({ filter: /.*/, namespace: "required" }, ({ path }) => ({
      contents: `module.exports = require("${path}");`,
      loader: "js",
    }));
  },
};
