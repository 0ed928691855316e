import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { localHost } from "../../../drivers/host/real.ts";
import { FakeHost } from "../../fakes/host/host.ts";
import { hostSuite } from "./suite.ts";

hostSuite("the fake", async () => {
  const host = new FakeHost({
    versions: new Map([["node", "v20.0.0"]]),
    answer: ({ method, url, form }) => {
      const { host: server, pathname, search } = new URL(url);
      if (server !== "echo") throw new Error("connection refused");
      const body = JSON.stringify({ method, url: pathname + search, form: String(new URLSearchParams(form)) });
      return { status: 418, body, headers: { "x-index": "7" } };
    },
  });
  return {
    host,
    folder: "/var/lib/test",
    modeOf: async path => host.modeOf(path),
    echo: "http://echo",
    nowhere: "http://nowhere",
    close: async () => {},
  };
});

/** Starts a server on loopback. */
async function listen(answer: Parameters<typeof createServer>[1]) {
  const server = createServer(answer ?? (() => {}));
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${address.port}`, close };
}

hostSuite("this host", async () => {
  const folder = await mkdtemp(join(tmpdir(), "conf-host-"));
  const echo = await listen(async (request, response) => {
    const form = await text(request);
    response.writeHead(418, { "X-Index": "7" }).end(JSON.stringify({ method: request.method, url: request.url, form }));
  });
  const closed = await listen(() => {});
  await closed.close();
  return {
    host: localHost(),
    folder,
    modeOf: async path => (await stat(path)).mode & 0o777,
    echo: echo.url,
    nowhere: closed.url,
    close: async () => {
      await echo.close();
      await rm(folder, { recursive: true });
    },
  };
});

describe("localHost and a server that does not answer", () => {
  it("fails an HTTP request after its timeout", async () => {
    const silent = await listen(() => {});
    const request = localHost().http({ method: "GET", url: silent.url, timeoutMs: 100 });
    await expect(request).rejects.toThrow(/could not GET .*timeout/i);
    await silent.close();
  });
});

describe("localHost and a server that redirects", () => {
  it("follows a redirect with the same method and form, and returns the answer of a redirect loop", async () => {
    const server = await listen(async (request, response) => {
      const form = await text(request);
      if (request.url === "/there") response.end(`${request.method} ${form}`);
      else response.writeHead(307, { Location: request.url === "/here" ? "there" : "/loop" }).end();
    });
    const put = { method: "PUT", form: { value: "h1" }, timeoutMs: 5_000 } as const;
    expect(await localHost().http({ ...put, url: `${server.url}/here` })).toMatchObject({ body: "PUT value=h1" });
    expect(await localHost().http({ ...put, url: `${server.url}/loop` })).toMatchObject({ status: 307 });
    await server.close();
  });
});
