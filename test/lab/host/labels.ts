// A lab's complete state: the labels on its containers and its network. No file can get lost or contradict them.

export const LABELS = {
  /** The lab's name, on every container and network of the lab. */
  lab: "swarmkeeper.lab",
  /** "h1"…; "server" for the container that serves the release. */
  host: "swarmkeeper.lab.host",
  /** One of HostRole. */
  role: "swarmkeeper.lab.role",
  address: "swarmkeeper.lab.address",
  suite: "swarmkeeper.lab.suite",
  /** The fingerprint of the user-data that the host booted from; bare hosts have none. */
  userData: "swarmkeeper.lab.user-data",
} as const;

/** How a host booted: with the user-data of a manager or of a worker, or bare, with none. */
export const HOST_ROLES = ["manager", "worker", "bare"] as const;
export type HostRole = (typeof HOST_ROLES)[number];

export const SERVER = "server";
