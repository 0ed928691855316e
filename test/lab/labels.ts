// A lab's whole state: labels on its containers and its network. There is no file to lose or to disagree with them.

export const LABELS = {
  /** The lab's name, on all that is the lab's. */
  lab: "swarmkeeper.lab",
  /** "h1"…; "server" for the one that serves the release. */
  host: "swarmkeeper.lab.host",
  /** One of HostRole. */
  role: "swarmkeeper.lab.role",
  address: "swarmkeeper.lab.address",
  suite: "swarmkeeper.lab.suite",
  /** A hash of the user-data that the host booted from; bare hosts have none. */
  userData: "swarmkeeper.lab.user-data",
} as const;

/** What a host was booted as: with the user-data of a manager or of a worker, or bare, with none. */
export const HOST_ROLES = ["manager", "worker", "bare"] as const;
export type HostRole = (typeof HOST_ROLES)[number];

export const SERVER = "server";
