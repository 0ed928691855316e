// The three generations of hosts: the default, the oldest supported pair of docker and etcd, and the newest.
import { LabError } from "./error.ts";

export const SUITES = ["trixie", "bookworm", "next"] as const;
export type Suite = (typeof SUITES)[number];

/** The Debian release a suite is built on; "next" takes docker from sid on top. */
export function debianOf(suite: Suite): string {
  return suite === "next" ? "trixie" : suite;
}

/** LabError for a name that is none of SUITES. */
export function parseSuite(name: string): Suite {
  const suite = SUITES.find(known => known === name);
  if (suite === undefined) throw new LabError(`SUITE=${name} is unknown; use ${SUITES.join(", ")}`);
  return suite;
}
