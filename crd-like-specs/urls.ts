// Reads the URLs of etcd members.

/** The host name or address in a URL such as `http://10.0.0.1:2380`. Throws for a text that is not a URL. */
export const hostOf = (url: string): string => new URL(url).hostname;

/** The client URLs at which other nodes reach a member; empty until it has started for the first time. */
export const reachableUrls = ({ clientUrls }: { readonly clientUrls: readonly string[] }): string[] =>
  clientUrls.filter(url => !["127.0.0.1", "localhost", "[::1]"].includes(hostOf(url)));
