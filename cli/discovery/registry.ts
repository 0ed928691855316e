// The tokens of a discovery service and who has entered under each: the version 2 protocol of etcd as pure answers to
// requests, as far as agents speak it. https://etcd.io/docs/v2.3/discovery_protocol/
import { z } from "zod";
import { managers } from "../../crd-like-specs/settings/managers.ts";

const Entry = z.object({ id: z.string(), value: z.string() });
type Entry = z.infer<typeof Entry>;

/** By name: how many shall found the cluster, and who has entered, in that order. */
export const Tokens = z.record(z.string(), z.object({ size: z.int(), entries: z.array(Entry) }));
export type Tokens = z.infer<typeof Tokens>;

export interface Asked {
  readonly method: string;
  /** Without a host: `/TOKEN/_config/size`. */
  readonly url: string;
  readonly form: URLSearchParams;
  /** What a new token is called. */
  readonly freshToken: string;
  /** Where the client has reached this service: `http://10.0.0.2:2381`. */
  readonly origin: string;
}

export interface Answered {
  readonly status: number;
  /** A text is sent as it is, anything else as JSON. */
  readonly body: unknown;
  /** What is to be remembered from now on; undefined where nothing has changed. */
  readonly tokens?: Tokens;
}

/** Anybody can make tokens: a limit keeps the memory of the service bounded. */
const MOST_TOKENS = 1_000;
/** Surplus managers enter as well, to learn that they are surplus. */
const MOST_ENTRIES = 200;

const SIZE = "_config/size";
const PATH = /^\/([\w-]{1,64})(?:\/(_config\/size|[\w-]{1,64}))?\/?$/;

/** `GET /new?size=N` makes a token; PUT /TOKEN/ID enters; GET /TOKEN and /TOKEN/_config/size tell. */
export function answer(tokens: Tokens, asked: Asked): Answered {
  const { pathname, searchParams } = new URL(asked.url, "http://any");
  if (pathname === "/new") return newToken(tokens, searchParams.get("size") ?? "3", asked);
  const [, name = "", rest] = PATH.exec(pathname) ?? [];
  const token = Object.hasOwn(tokens, name) ? tokens[name] : undefined;
  if (token === undefined) return rejection(404, 100, "Key not found", pathname);
  const { size, entries } = token;
  if (asked.method === "GET" && rest === undefined) {
    const nodes = entries.map((entry, at) => node(name, entry, at));
    return { status: 200, body: { action: "get", node: { key: key(name), dir: true, nodes } } };
  }
  if (asked.method === "GET" && rest === SIZE) {
    return { status: 200, body: { action: "get", node: { key: key(name, SIZE), value: String(size) } } };
  }
  if (asked.method !== "PUT" || rest === undefined || rest === SIZE) {
    return rejection(405, 405, `${asked.method} is not for this key`, pathname);
  }
  const entry = { id: rest, value: asked.form.get("value") ?? "" };
  const fault = entryFault(entries, entry);
  if (fault !== undefined) return fault;
  return {
    status: 201,
    body: { action: "create", node: node(name, entry, entries.length) },
    tokens: { ...tokens, [name]: { size, entries: [...entries, entry] } },
  };
}

/** The first value under an id stays: an agent that is started again enters again. */
function entryFault(entries: readonly Entry[], { id, value }: Entry): Answered | undefined {
  if (entries.some(entry => entry.id === id)) return rejection(412, 105, "Key already exists", id);
  if (!/^[^=\s]+=https?:\/\/\S+$/.test(value)) return rejection(400, 209, "The value is not NAME=PEER-URL", value);
  return entries.length < MOST_ENTRIES ? undefined : rejection(403, 403, `There are ${MOST_ENTRIES} entries`, id);
}

function newToken(tokens: Tokens, size: string, { freshToken, origin }: Asked): Answered {
  const wanted = managers.parse(size);
  if (!wanted.ok) return { status: 400, body: `size: ${wanted.error.message}; ${wanted.error.expected}\n` };
  if (Object.keys(tokens).length >= MOST_TOKENS) {
    return { status: 507, body: `there are ${MOST_TOKENS} tokens: remove the file of --state and start anew\n` };
  }
  const token = { size: wanted.value, entries: [] };
  return { status: 200, body: `${origin}/${freshToken}`, tokens: { ...tokens, [freshToken]: token } };
}

const key = (...path: readonly string[]) => `/_etcd/registry/${path.join("/")}`;

function node(name: string, { id, value }: Entry, at: number) {
  return { key: key(name, id), value, createdIndex: at + 1, modifiedIndex: at + 1 };
}

function rejection(status: number, errorCode: number, message: string, cause: string): Answered {
  return { status, body: { errorCode, message, cause } };
}
