// Parts of the URLs that etcd members have.

/** The host name or address in a URL such as `http://10.0.0.1:2380`. Throws where it is no URL. */
export const hostOf = (url: string): string => new URL(url).hostname;

/** Where others reach a member; empty until it has started for the first time. */
export const reachableUrls = ({ clientUrls }: { readonly clientUrls: readonly string[] }): string[] =>
  clientUrls.filter(url => !["127.0.0.1", "localhost", "[::1]"].includes(hostOf(url)));
