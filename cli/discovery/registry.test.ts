import { describe, expect, it } from "vitest";
import { answer, type Response, type Tokens } from "./registry.ts";

/** A service that stores its tokens, as the command does. */
function service(before: Tokens = {}) {
  let tokens = before;
  let made = 0;
  return (request: string, value = ""): Response => {
    const [method = "", url = ""] = request.split(" ");
    const form = new URLSearchParams({ value });
    const response = answer(tokens, { method, url, form, newToken: `token${++made}`, origin: "http://10.0.0.2:2381" });
    tokens = response.tokens ?? tokens;
    return response;
  };
}

describe("a discovery token", () => {
  it("is made with a size, which must be a valid number of managers", () => {
    const ask = service();
    expect(ask("GET /new?size=5")).toMatchObject({ status: 200, body: "http://10.0.0.2:2381/token1" });
    expect(ask("GET /token1/_config/size").body).toMatchObject({ node: { value: "5" } });
    expect(ask("GET /new").body).toBe("http://10.0.0.2:2381/token3");
    expect(ask("GET /token3/_config/size").body).toMatchObject({ node: { value: "3" } });
    const rejected = ask("GET /new?size=4");
    expect(rejected).toMatchObject({ status: 400, body: expect.stringContaining("use 3 or 5") });
    expect(rejected.tokens).toBeUndefined();
  });

  it("lists its entries in order, and keeps the first value of an id", () => {
    const ask = service();
    ask("GET /new?size=3");
    expect(ask("GET /token1").body).toMatchObject({ node: { nodes: [] } });
    const one = { value: "10.0.0.1=http://10.0.0.1:2380", createdIndex: 1 };
    const two = { value: "10.0.0.2=https://10.0.0.2:2380", createdIndex: 2 };
    expect(ask("PUT /token1/b?prevExist=false", one.value)).toMatchObject({ status: 201, body: { node: one } });
    expect(ask("PUT /token1/a?prevExist=false", two.value).status).toBe(201);
    const again = ask("PUT /token1/b?prevExist=false", "10.0.0.9=http://10.0.0.9:2380");
    expect(again).toMatchObject({ status: 412, body: { errorCode: 105 } });
    expect(ask("GET /token1").body).toMatchObject({ node: { nodes: [one, two] } });
  });
});

it("the discovery service rejects unknown tokens, unsupported requests, and too many entries or tokens", () => {
  const ask = service();
  ask("GET /new");
  expect(ask("GET /other")).toMatchObject({ status: 404, body: { errorCode: 100 } });
  expect(ask("GET /__proto__").status).toBe(404);
  expect(ask("PUT /other/a", "a=http://10.0.0.1:2380").status).toBe(404);
  expect(ask("PUT /token1/_config/size", "1").status).toBe(405);
  expect(ask("PUT /token1/a", "no peer URL").status).toBe(400);
  expect(ask("DELETE /token1/a").status).toBe(405);
  for (let n = 0; n < 200; n++) ask(`PUT /token1/h${n}`, "a=http://10.0.0.1:2380");
  expect(ask("PUT /token1/one-more", "a=http://10.0.0.1:2380").status).toBe(403);
  const full = service(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`t${n}`, { size: 3, entries: [] }])));
  expect(full("GET /new").status).toBe(507);
});
