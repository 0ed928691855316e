// Why the other etcd hosts could not be found yet. Always worth trying again: records, entries and networks arrive late.
export class PeersError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "PeersError";
  }
}
