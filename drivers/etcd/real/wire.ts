// Converts between the port's plain values and etcd's messages: int64 are strings, keys and values are bytes, and
// member ids are unsigned decimals instead of hex.
import type { ICompare, IEvent, IKeyValue, IMember, IRangeRequest, IRequestOp, ITxnRequest } from "etcd3";
import { type MemberId, memberId } from "../../../crd-like-specs/resources/ids.ts";
import type { Compare, KeyValue, Member, Txn, WatchEvent, Write } from "../port.ts";

const comparison = { "=": "Equal", "!=": "NotEqual", "<": "Less", ">": "Greater" } as const;

export const bytes = (text: string): Buffer => Buffer.from(text, "utf8");

/** The range of all keys that begin with `prefix`. An empty prefix means every key. */
export function prefixRange(prefix: string): { key: Buffer; range_end: Buffer } {
  const key = bytes(prefix);
  for (let last = key.length - 1; last >= 0; last--) {
    const byte = key[last];
    if (byte === undefined || byte === 0xff) continue; // 0xff has no successor: drop it
    const end = Buffer.from(key.subarray(0, last + 1));
    end[last] = byte + 1;
    return { key, range_end: end };
  }
  return { key: Buffer.from([0]), range_end: Buffer.from([0]) };
}

export function fromKeyValue(kv: IKeyValue): KeyValue {
  return {
    key: kv.key.toString("utf8"),
    value: kv.value.toString("utf8"),
    createRevision: Number(kv.create_revision),
    modRevision: Number(kv.mod_revision),
    lease: kv.lease,
  };
}

export function fromEvent(event: IEvent): WatchEvent {
  return event.type === "Delete"
    ? { type: "delete", key: event.kv.key.toString("utf8"), modRevision: Number(event.kv.mod_revision) }
    : { type: "put", kv: fromKeyValue(event.kv) };
}

export function toTxn(txn: Txn): ITxnRequest {
  return { compare: txn.if.map(toCompare), success: txn.do.map(toWrite) };
}

function toCompare(compare: Compare): ICompare {
  const common = { key: bytes(compare.key), result: comparison[compare.op] };
  switch (compare.target) {
    case "create":
      return { ...common, target: "Create", create_revision: compare.value };
    case "mod":
      return { ...common, target: "Mod", mod_revision: compare.value };
    case "value":
      return { ...common, target: "Value", value: bytes(compare.value) };
  }
}

function toWrite(write: Write): IRequestOp {
  if ("put" in write) {
    return { request_put: { key: bytes(write.put), value: bytes(write.value), lease: write.lease ?? "0" } };
  }
  if ("delete" in write) return { request_delete_range: { key: bytes(write.delete) } };
  return { request_delete_range: prefixRange(write.deletePrefix) };
}

/** A member or cluster id as etcd sends it: unsigned 64 bits in decimal. */
export const toWireId = (id: MemberId): string => BigInt(`0x${id}`).toString();
export const fromWireId = (decimal: string): MemberId => memberId(BigInt(decimal).toString(16));

export function fromMember(member: IMember): Member {
  return {
    id: fromWireId(member.ID),
    name: member.name,
    peerUrls: member.peerURLs,
    clientUrls: member.clientURLs,
    learner: member.isLearner,
  };
}

/** The cheapest linearizable read: the server that answers it has applied every write committed before the request. */
export const readBarrier: IRangeRequest = { key: Buffer.from([0]), limit: 1, keys_only: true };
