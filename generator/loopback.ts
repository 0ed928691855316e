// Values that would point every node at itself: each node has its own loopback, so a cluster cannot form over it.
import { rejected } from "../crd-like-specs/validation.ts";
import type { Address, ParamField } from "./values.ts";

const EXPECTED = "the address that other nodes reach it at, for example 10.0.0.11";

/** True for 127.0.0.0/8, for 0.0.0.0, which Linux also takes for the node itself, and for the names of both. */
export const isLoopback = (host: string): boolean => /^127\.\d+\.\d+\.\d+$|^0\.0\.0\.0$|^(.+\.)?localhost$/i.test(host);

/** The same kind of value, without loopback addresses and names. */
export function reachable(host: ParamField<string>): ParamField<string> {
  const parse = (text: string) => {
    const value = host.parse(text);
    if (!value.ok || !isLoopback(value.value)) return value;
    const message = `${JSON.stringify(value.value)} means each node itself; no other node can reach it there`;
    return rejected({ message, expected: EXPECTED });
  };
  return { ...host, parse };
}

/** The same kind of value, without the loopback interface and routes to the loopback. */
export function ownAddress(address: ParamField<Address>): ParamField<Address> {
  const parse = (text: string) => {
    const result = address.parse(text);
    if (!result.ok) return result;
    const { value } = result;
    const loops = value.from === "interface" ? value.interface === "lo" : value.from === "route" && isLoop(value.to);
    if (!loops) return result;
    return rejected({
      message: `${JSON.stringify(text)} gives each node a loopback address; no other node can reach it there`,
      expected: "use the interface or a route of the network between the nodes",
    });
  };
  return { ...address, parse };
}

const isLoop = (address: string | undefined): boolean => address !== undefined && isLoopback(address);
