// Values that would point every host at itself: each host has its own loopback, so a cluster cannot form over it.
import type { Address, Kind } from "./values.ts";
import { Refusal } from "./values.ts";

const RIGHT = "the address that other hosts reach it at, for example 10.0.0.11";

/** True for 127.0.0.0/8, for 0.0.0.0, which Linux also takes for the host itself, and for the names of both. */
export const isLoopback = (host: string): boolean => /^127\.\d+\.\d+\.\d+$|^0\.0\.0\.0$|^(.+\.)?localhost$/i.test(host);

/** The same kind of value, without loopback addresses and names. */
export function reachable(host: Kind<string>): Kind<string> {
  const parse = (text: string) => {
    const value = host.parse(text);
    if (value instanceof Refusal || !isLoopback(value)) return value;
    return new Refusal(`${JSON.stringify(value)} means each host itself; no other host can reach it there`, RIGHT);
  };
  return { ...host, parse };
}

/** The same kind of value, without the loopback interface and routes to the loopback. */
export function ownAddress(address: Kind<Address>): Kind<Address> {
  const parse = (text: string) => {
    const value = address.parse(text);
    if (value instanceof Refusal) return value;
    const loops = value.from === "interface" ? value.interface === "lo" : value.from === "route" && isLoop(value.to);
    if (!loops) return value;
    return new Refusal(
      `${JSON.stringify(text)} gives each host a loopback address; no other host can reach it there`,
      "use the interface or a route of the network between the hosts",
    );
  };
  return { ...address, parse };
}

const isLoop = (address: string | undefined): boolean => address !== undefined && isLoopback(address);
