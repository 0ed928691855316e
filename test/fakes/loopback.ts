// An etcd client of a node whose 127.0.0.1 answers: its own member, or the member behind its proxy.
import { type Etcd, EtcdError } from "../../drivers/etcd/port.ts";

/** `behind`: the client URL of the member that answers there now. Undefined if none does. */
export function withLoopback(client: Etcd, behind: () => Promise<string | undefined>): Etcd {
  const status = async (endpoint: string) => {
    if (!endpoint.includes("127.0.0.1")) return client.membership.status(endpoint);
    const url = await behind();
    if (url === undefined) throw new EtcdError("unavailable", `nothing answers on ${endpoint}`);
    return client.membership.status(url);
  };
  return {
    kv: client.kv,
    leases: client.leases,
    membership: { ...client.membership, status },
    endpoints: () => client.endpoints(),
    setEndpoints: endpoints => client.setEndpoints(endpoints),
    close: () => client.close(),
  };
}
