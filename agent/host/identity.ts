// The identity of this node: an id that its agent makes once, and the address at which the other nodes reach it.
import { randomBytes } from "node:crypto";
import { type AgentConfig, NODE_ID_PATH } from "../../crd-like-specs/agent-config.ts";
import { type NodeId, nodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Role } from "../../crd-like-specs/resources/role.ts";
import { type Host, HostError } from "../../drivers/host/port.ts";
import { StateError } from "./state.ts";

export interface Self {
  readonly id: NodeId;
  /** The host name. */
  readonly name: string;
  readonly address: string;
  /** The role in the user-data of this node. */
  readonly role: Role;
}

/** TEST-NET-1: never on a local network, so that the route towards it is the default route. Nothing is sent there. */
const ANYWHERE = "192.0.2.1";

/** The node's id on disk; the first call makes it. StateError when the file holds anything else. */
export async function identify(host: Host): Promise<NodeId> {
  const text = (await host.read(NODE_ID_PATH))?.trim();
  if (text !== undefined && /^[0-9a-f]{12}$/.test(text)) return nodeId(text);
  if (text !== undefined) throw new StateError(`${NODE_ID_PATH} holds "${text}" instead of 12 hex digits; restore it`);
  const id = randomBytes(6).toString("hex");
  await host.write(NODE_ID_PATH, `${id}\n`, 0o600);
  return nodeId(id);
}

/** This node's IPv4 address. HostError when there is none: a retry may succeed while the network comes up. */
export async function ownAddress(host: Host, config: AgentConfig): Promise<string> {
  const source = config.address;
  switch (source.from) {
    case "literal":
      return source.address;
    case "interface": {
      const all = host.addresses();
      const found = all.find(one => one.interface === source.interface);
      if (found) return found.address;
      const present = all.map(one => `${one.interface} ${one.address}`).join(", ") || "none";
      throw new HostError(`interface ${source.interface} has no IPv4 address; those with one: ${present}`);
    }
    case "route":
      return host.sourceAddressTo(source.to ?? (await addressToReach(host, config)) ?? ANYWHERE);
  }
}

/** An address that this node must reach: that of a first etcd member, if the configuration names one. */
async function addressToReach(host: Host, config: AgentConfig): Promise<string | undefined> {
  const { bootstrap } = config.etcd;
  const named = bootstrap.method === "static" ? bootstrap.members : bootstrap.method === "none" ? bootstrap.join : [];
  for (const one of named) {
    const [address] = await host.resolve(one);
    if (address !== undefined) return address;
  }
  return undefined;
}
