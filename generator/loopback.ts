// Rejects loopback addresses and names. They point every node at itself, so a cluster cannot form with them.
import { rejected } from "../crd-like-specs/validation.ts";
import type { Address, ParamField } from "./values.ts";

const EXPECTED = "use an address at which other nodes reach it, for example 10.0.0.11";

/** True for 127.0.0.0/8, for 0.0.0.0, with which Linux connects to the node itself, and for localhost. */
export const isLoopback = (hostname: string): boolean =>
  /^127\.\d+\.\d+\.\d+$|^0\.0\.0\.0$|^(.+\.)?localhost$/i.test(hostname);

/** The same field, but it rejects loopback addresses and names. */
export function reachable(field: ParamField<string>): ParamField<string> {
  const parse = (text: string) => {
    const value = field.parse(text);
    if (!value.ok || !isLoopback(value.value)) return value;
    const message = `${JSON.stringify(value.value)} points every node at itself, so other nodes cannot be reached`;
    return rejected({ message, expected: EXPECTED });
  };
  return { ...field, parse };
}

/** The same field, but it rejects the loopback interface and routes to a loopback address. */
export function ownAddress(address: ParamField<Address>): ParamField<Address> {
  const parse = (text: string) => {
    const result = address.parse(text);
    if (!result.ok) return result;
    const { value } = result;
    const isLoopbackSource =
      value.from === "interface"
        ? value.interface === "lo"
        : value.from === "route" && value.to !== undefined && isLoopback(value.to);
    if (!isLoopbackSource) return result;
    return rejected({
      message: `${JSON.stringify(text)} gives each node a loopback address, at which other nodes cannot reach it`,
      expected: "use the interface or a route of the network between the nodes",
    });
  };
  return { ...address, parse };
}
