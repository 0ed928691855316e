import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeCertificates } from "../test/fixtures/certificates.ts";
import { exchange } from "./http.ts";

const open: (Server & { closeAllConnections(): void })[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(answer: RequestListener, tls?: ServerOptions): Promise<string> {
  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  open.push(server);
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  return `${tls === undefined ? "http" : "https"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers with the request. */
const echo: RequestListener = async (request, response) => {
  const { method, url, headers } = request;
  const body = JSON.stringify({ method, url, type: headers["content-type"], body: await text(request) });
  response.writeHead(418, { "X-Index": "7", "Set-Cookie": ["a", "b"] }).end(body);
};

describe("exchange over HTTP", () => {
  it("sends method, headers and body, and accepts any status as an answer", async () => {
    const url = await serve(echo);
    const { status, headers, body } = await exchange({
      method: "PUT",
      url: `${url}/key?a=1`,
      headers: { "Content-Type": "text/plain" },
      body: "größer",
    });
    expect(status).toBe(418);
    expect(headers).toMatchObject({ "x-index": "7", "set-cookie": "a,b" });
    expect(JSON.parse(body)).toEqual({ method: "PUT", url: "/key?a=1", type: "text/plain", body: "größer" });
  });

  it("uses a new connection for each request", async () => {
    const ports: (number | undefined)[] = [];
    const url = await serve((request, response) => {
      ports.push(request.socket.remotePort);
      response.end();
    });
    await exchange({ method: "GET", url });
    await exchange({ method: "GET", url });
    expect(new Set(ports).size).toBe(2);
  });

  it("rejects with the transport's error", async () => {
    const url = await serve(echo);
    open.pop()?.close();
    await expect(exchange({ method: "GET", url })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(exchange({ method: "GET", url: "ftp://127.0.0.1/" })).rejects.toThrow(/ftp/);
  });

  it("rejects an answer that is cut off", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write("half", () => response.destroy());
    });
    await expect(exchange({ method: "GET", url })).rejects.toThrow();
  });
});

describe("the time limit of exchange", () => {
  const slow: [string, RequestListener][] = [
    ["no answer", () => {}],
    ["no end of the answer", (_request, response) => void response.writeHead(200).write("more is to come")],
  ];
  it.each(slow)("rejects with the signal's reason if there is %s", async (_name, answer) => {
    const signal = AbortSignal.timeout(50);
    const error = await exchange({ method: "GET", url: await serve(answer), signal }).catch(caught => caught);
    expect(error).toBe(signal.reason);
    expect(error).toMatchObject({ name: "TimeoutError" });
  });

  it("covers all redirects together", async () => {
    const url = await serve((_request, response) => {
      setTimeout(() => response.writeHead(302, { Location: "/" }).end(), 30);
    });
    const signal = AbortSignal.timeout(100);
    const exchanged = exchange({ method: "GET", url, signal, maxRedirects: 1_000 });
    await expect(exchanged).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("rejects if it has already passed", async () => {
    const signal = AbortSignal.abort(new Error("stopped"));
    await expect(exchange({ method: "GET", url: await serve(echo), signal })).rejects.toThrow("stopped");
  });
});

describe("the size limit of exchange", () => {
  it.each([
    [undefined, 20_000],
    [20_001, 20_000],
    [20_000, 20_000],
    [4_096, 4_096],
    [1, 1],
    [0, 0],
  ])("of %s bytes returns %s of 20000", async (maxBytes, length) => {
    const url = await serve((_request, response) => void response.end("a".repeat(20_000)));
    const { body } = await exchange({ method: "GET", url, ...(maxBytes !== undefined && { maxBytes: maxBytes }) });
    expect(body).toBe("a".repeat(length));
  });

  it.each([0, 4])("of %i bytes ends an endless answer", async maxBytes => {
    const url = await serve((_request, response) => void response.writeHead(503).write("and so on"));
    expect(await exchange({ method: "GET", url, maxBytes: maxBytes })).toMatchObject({
      status: 503,
      body: "and so on".slice(0, maxBytes),
    });
  });
});

describe("exchange with redirects", () => {
  const redirecting: RequestListener = async (request, response) => {
    const body = await text(request);
    if (request.url === "/end") response.end(`${request.method} ${body}`);
    else response.writeHead(307, { Location: request.url === "/start" ? "end" : "/loop" }).end("elsewhere");
  };

  it("returns a redirect as the answer by default", async () => {
    const url = await serve(redirecting);
    expect(await exchange({ method: "GET", url: `${url}/start` })).toMatchObject({ status: 307, body: "elsewhere" });
  });

  it("follows up to the limit, with the same method and body", async () => {
    const url = await serve(redirecting);
    const request = { method: "PUT", body: "a=1", maxRedirects: 2 };
    expect(await exchange({ ...request, url: `${url}/start` })).toMatchObject({ status: 200, body: "PUT a=1" });
    expect(await exchange({ ...request, url: `${url}/loop` })).toMatchObject({ status: 307 });
  });
});

describe("exchange over TLS", () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  const server = (more: ServerOptions = {}) => ({
    cert: readFileSync(at("cert.pem")),
    key: readFileSync(at("key.pem")),
    ca: readFileSync(at("ca.pem")),
    ...more,
  });
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "http-tls-"));
    await makeCertificates(folder, ["127.0.0.1"]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("trusts only the given authority", async () => {
    const url = await serve(echo, server());
    expect(await exchange({ method: "GET", url, tls: { ca: at("ca.pem") } })).toMatchObject({ status: 418 });
    await expect(exchange({ method: "GET", url })).rejects.toThrow(/certificate/);
  });

  it("presents the client's certificate", async () => {
    const url = await serve(echo, server({ requestCert: true, rejectUnauthorized: true }));
    const tls = { cert: at("cert.pem"), key: at("key.pem"), ca: at("ca.pem") };
    expect(await exchange({ method: "GET", url, tls })).toMatchObject({ status: 418 });
    await expect(exchange({ method: "GET", url, tls: { ca: at("ca.pem") } })).rejects.toThrow();
  });

  it("rejects if a file cannot be read", async () => {
    const tls = { ca: at("nowhere.pem") };
    await expect(exchange({ method: "GET", url: "https://127.0.0.1:1", tls })).rejects.toMatchObject({
      code: "ENOENT",
    });
  });
});
