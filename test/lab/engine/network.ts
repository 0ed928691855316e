// The network of a lab: its own /24. The address of a host follows from its number.
import os from "node:os";
import { LabError, messageOf } from "../error.ts";
import { LABELS } from "../host/labels.ts";
import type { Engine } from "./engine.ts";
import { closeAccess, openAccess } from "./nat.ts";

const FIRST_HOST = 11;
const MOST_HOSTS = 200;
const SERVER = 2;

export interface LabNetwork {
  readonly name: string;
  /** "10.89.0.0/24" */
  readonly subnet: string;
}

/** h1 → 10.89.0.11, h2 → 10.89.0.12, … LabError for a number above 200. */
export function hostAddress(network: LabNetwork, number: number): string {
  if (number > MOST_HOSTS) throw new LabError(`a lab holds at most ${MOST_HOSTS} hosts`);
  return withLastByte(network, FIRST_HOST + number - 1);
}

/** The address of the release server. */
export function serverAddress(network: LabNetwork): string {
  return withLastByte(network, SERVER);
}

function withLastByte(network: LabNetwork, byte: number): string {
  return network.subnet.replace(/0\/24$/, String(byte));
}

/**
 * The first /24 of 10.89.0.0/16 that overlaps none of `taken` (CIDRs). 10.89.0.0 is reserved for the lab "main", so
 * that its addresses are the same everywhere. Undefined if all are taken.
 */
export function chooseSubnet(lab: string, taken: readonly string[]): string | undefined {
  for (let third = lab === "main" ? 0 : 1; third < 256; third++) {
    const subnet = `10.89.${third}.0/24`;
    if (!taken.some(other => overlap(subnet, other))) return subnet;
  }
  return undefined;
}

function overlap(a: string, b: string): boolean {
  const [first, second] = [parseCidr(a), parseCidr(b)];
  if (first === undefined || second === undefined) return false;
  const bits = Math.min(first.bits, second.bits);
  const prefix = (address: number) => (bits === 0 ? 0 : address >>> (32 - bits));
  return prefix(first.address) === prefix(second.address);
}

function parseCidr(cidr: string): { address: number; bits: number } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
  return { address: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0, bits };
}

/** The lab's network; undefined if it has none. */
export async function findNetwork(engine: Engine, lab: string): Promise<LabNetwork | undefined> {
  const networks = await engine.docker.listNetworks({ filters: { label: [`${LABELS.lab}=${lab}`] } });
  const network = networks[0];
  const subnet = network?.IPAM?.Config?.[0]?.Subnet;
  return network === undefined || subnet === undefined ? undefined : { name: network.Name, subnet };
}

/** The lab's network, with access to the outside. Creates it if the lab has none. LabError if no /24 is free. */
export async function ensureNetwork(engine: Engine, lab: string): Promise<LabNetwork> {
  const network = (await findNetwork(engine, lab)) ?? (await createNetwork(engine, lab));
  if (engine.private) await openAccess(network.subnet);
  return network;
}

async function createNetwork(engine: Engine, lab: string): Promise<LabNetwork> {
  const name = `swarmkeeper-${lab}`;
  const overlapping: string[] = [];
  for (;;) {
    const taken = [...(await networkSubnets(engine)), ...ownSubnets(), ...overlapping];
    const subnet = chooseSubnet(lab, taken);
    if (subnet === undefined) throw new LabError(`no free /24 in 10.89.0.0/16 for the lab ${lab}`);
    const config = { Driver: "default", Config: [{ Subnet: subnet }] };
    const labels = { [LABELS.lab]: lab };
    try {
      await engine.docker.createNetwork({ Name: name, CheckDuplicate: true, IPAM: config, Labels: labels });
      return { name, subnet };
    } catch (error) {
      // Another lab took the subnet at the same moment.
      if (!/overlaps/.test(messageOf(error))) throw error;
      overlapping.push(subnet);
    }
  }
}

/** Removes the network and its iptables rules. Rejects if containers are still connected. */
export async function removeNetwork(engine: Engine, network: LabNetwork): Promise<void> {
  await engine.docker.getNetwork(network.name).remove();
  if (engine.private) await closeAccess(network.subnet);
}

async function networkSubnets(engine: Engine): Promise<string[]> {
  const networks = await engine.docker.listNetworks();
  return networks.flatMap(network => (network.IPAM?.Config ?? []).flatMap(config => config.Subnet ?? []));
}

function ownSubnets(): string[] {
  return Object.values(os.networkInterfaces()).flatMap(addresses =>
    (addresses ?? []).flatMap(({ cidr }) => cidr ?? []),
  );
}
