// Bundles the program into a few modules without dependencies: one entry, and chunks that a command loads when it runs.
// Plug-ins replace the parts of libraries that read a file or a native module from their own folder.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";

export interface Bundle {
  readonly modules: readonly { readonly name: string; readonly content: Uint8Array }[];
  /** The paths of all bundled source files, relative to the root. */
  readonly inputs: readonly string[];
}

/**
 * Builds `swarmkeeper.mjs` and its chunks, by default for the Node that a release carries. The paths in them are
 * relative to `root`. Rejects if a library no longer has the structure that a plug-in expects.
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
    // rxjs offers CommonJS to Node, which is loaded completely. Of its ES modules, only the used ones are bundled.
    alias: { rxjs: join(root, "node_modules/rxjs/dist/esm/index.js") },
    chunkNames: "[name]-[hash]",
    // CommonJS libraries call `require` for Node's own modules, but an ES module has no `require`.
    // The import has a name of its own, because a bundled library may import `createRequire` too.
    banner: {
      js: 'import { createRequire as bannerRequire } from "node:module"; const require = bannerRequire(import.meta.url);',
    },
    // Source text stays in memory: without white space an agent is 7 MB smaller (measured). Names stay and lines stay
    // short, so that a stack trace still shows the location.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 120,
    // The licenses are in a separate file.
    legalComments: "none",
    logLevel: "warning",
    plugins: [inlineEtcdProtocol, dockerWithoutBuilds, vaultWithoutAxios, zodInEnglish, httpWithoutFetch],
  });
  return {
    modules: result.outputFiles.map(({ path, contents }) => ({ name: basename(path), content: contents })),
    inputs: Object.keys(result.metafile.inputs),
  };
}

/** etcd3 parses its rpc.proto when it is loaded, with these options. The bundle contains the parsed result. */
const inlineEtcdProtocol: Plugin = {
  name: "inline-etcd-protocol",
  setup(plugins) {
    plugins.onLoad({ filter: /\/etcd3\/lib\/connection-pool\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const call = /\.loadSync\)\(`\$\{__dirname\}\/\.\.\/proto\/rpc\.proto`/;
      if (!call.test(source) || !source.includes("keepCase: true"))
        throw new Error(`${path} loads rpc.proto in a new way: the bundle would need that file on every node`);
      const protocol = JSON.stringify(parseProtocol(path));
      return { contents: source.replace(call, () => `.fromJSON)(${protocol}`), loader: "js" };
    });
  },
};

interface ProtobufJs {
  readonly Root: new () => { loadSync(path: string, options: { keepCase: boolean }): { toJSON(): unknown } };
}

/** Parses with the protobufjs that etcd3 depends on, which is not a direct dependency. */
function parseProtocol(connectionPool: string): unknown {
  const protoLoader = createRequire(connectionPool).resolve("@grpc/proto-loader");
  const { Root }: ProtobufJs = createRequire(protoLoader)("protobufjs");
  return new Root().loadSync(join(dirname(connectionPool), "../proto/rpc.proto"), { keepCase: true }).toJSON();
}

/** dockerode can build images and connect over ssh. swarmkeeper needs neither, and ssh2 would bring native modules. */
const dockerWithoutBuilds: Plugin = {
  name: "docker-without-builds",
  setup(plugins) {
    plugins.onLoad({ filter: /\/(docker-modem\/lib\/ssh|dockerode\/lib\/(session|buildkit))\.js$/ }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error("${basename(path)} is not part of this release"); };`,
      loader: "js",
    }));
  },
};

/**
 * node-vault uses swarmkeeper's transport. Its own transport checks for fetch, which makes an agent without a JIT
 * compiler exit.
 */
const vaultWithoutAxios: Plugin = {
  name: "vault-without-axios",
  setup(plugins) {
    plugins.onLoad({ filter: /\/node_modules\/axios\/(index\.js|dist\/node\/axios\.cjs)$/ }, () => ({
      contents: 'module.exports = { create() { throw new Error("axios is not part of this release"); } };',
      loader: "js",
    }));
  },
};

/** zod loads its messages in about fifty languages. Only English is bundled. */
const zodInEnglish: Plugin = {
  name: "zod-in-english",
  setup(plugins) {
    plugins.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
      loader: "js",
    }));
  },
};

/**
 * An ES import of node:http reads all its properties; WebSocket loads undici, 5 MB (measured). `require` reads none.
 */
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
