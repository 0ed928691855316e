// The tokens of a discovery service and the entries of each: the part of etcd's version 2 protocol that agents use, as
// pure responses to requests. https://etcd.io/docs/v2.3/discovery_protocol/
import { z } from "zod";
import { managers } from "../../crd-like-specs/settings/managers.ts";

const Entry = z.object({ id: z.string(), value: z.string() });
type Entry = z.infer<typeof Entry>;

/** By token: the number of first managers, and the entries in order of arrival. */
export const Tokens = z.record(z.string(), z.object({ size: z.int(), entries: z.array(Entry) }));
export type Tokens = z.infer<typeof Tokens>;

export interface Request {
  readonly method: string;
  /** Without a host: `/TOKEN/_config/size`. */
  readonly url: string;
  readonly form: URLSearchParams;
  /** The name for a new token. */
  readonly newToken: string;
  /** The address of this service as the client used it: `http://10.0.0.2:2381`. */
  readonly origin: string;
}

export interface Response {
  readonly status: number;
  /** A string is sent unchanged, anything else as JSON. */
  readonly body: unknown;
  /** The tokens after the request; undefined if they have not changed. */
  readonly tokens?: Tokens;
}

/** Every client can make tokens, so a limit bounds the memory of the service. */
const MOST_TOKENS = 1_000;
/** Surplus managers enter too, and learn by their position that they are surplus. */
const MOST_ENTRIES = 200;

const SIZE = "_config/size";
const PATH = /^\/([\w-]{1,64})(?:\/(_config\/size|[\w-]{1,64}))?\/?$/;

/** `GET /new?size=N` makes a token; PUT /TOKEN/ID enters; GET /TOKEN and /TOKEN/_config/size return entries and size. */
export function answer(tokens: Tokens, request: Request): Response {
  const { pathname, searchParams } = new URL(request.url, "http://any");
  if (pathname === "/new") return tokenResponse(tokens, searchParams.get("size") ?? "3", request);
  const [, name = "", subpath] = PATH.exec(pathname) ?? [];
  const token = Object.hasOwn(tokens, name) ? tokens[name] : undefined;
  if (token === undefined) return rejection(404, 100, "Key not found", pathname);
  const { size, entries } = token;
  if (request.method === "GET" && subpath === undefined) {
    const nodes = entries.map((entry, at) => node(name, entry, at));
    return { status: 200, body: { action: "get", node: { key: key(name), dir: true, nodes } } };
  }
  if (request.method === "GET" && subpath === SIZE) {
    return { status: 200, body: { action: "get", node: { key: key(name, SIZE), value: String(size) } } };
  }
  if (request.method !== "PUT" || subpath === undefined || subpath === SIZE) {
    return rejection(405, 405, `${request.method} is not for this key`, pathname);
  }
  const entry = { id: subpath, value: request.form.get("value") ?? "" };
  const rejected = entryRejection(entries, entry);
  if (rejected !== undefined) return rejected;
  return {
    status: 201,
    body: { action: "create", node: node(name, entry, entries.length) },
    tokens: { ...tokens, [name]: { size, entries: [...entries, entry] } },
  };
}

/** The first value of an id stays, because an agent that restarts enters again. */
function entryRejection(entries: readonly Entry[], { id, value }: Entry): Response | undefined {
  if (entries.some(entry => entry.id === id)) return rejection(412, 105, "Key already exists", id);
  if (!/^[^=\s]+=https?:\/\/\S+$/.test(value)) return rejection(400, 209, "The value is not NAME=PEER-URL", value);
  return entries.length < MOST_ENTRIES ? undefined : rejection(403, 403, `There are ${MOST_ENTRIES} entries`, id);
}

function tokenResponse(tokens: Tokens, size: string, { newToken, origin }: Request): Response {
  const wanted = managers.parse(size);
  if (!wanted.ok) return { status: 400, body: `size: ${wanted.error.message}; ${wanted.error.expected}\n` };
  if (Object.keys(tokens).length >= MOST_TOKENS) {
    return {
      status: 507,
      body: `there are ${MOST_TOKENS} tokens: remove the file of --state and restart the service\n`,
    };
  }
  const token = { size: wanted.value, entries: [] };
  return { status: 200, body: `${origin}/${newToken}`, tokens: { ...tokens, [newToken]: token } };
}

const key = (...path: readonly string[]) => `/_etcd/registry/${path.join("/")}`;

function node(name: string, { id, value }: Entry, at: number) {
  return { key: key(name, id), value, createdIndex: at + 1, modifiedIndex: at + 1 };
}

function rejection(status: number, errorCode: number, message: string, cause: string): Response {
  return { status, body: { errorCode, message, cause } };
}
