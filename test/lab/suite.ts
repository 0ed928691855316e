// The three suites of hosts: the default, the oldest supported pair of Docker and etcd, and the newest.
import { LabError } from "./error.ts";

export const SUITES = ["trixie", "bookworm", "next"] as const;
export type Suite = (typeof SUITES)[number];

/** The Debian release that a suite is built on. "next" adds Docker from sid. */
export function debianOf(suite: Suite): string {
  return suite === "next" ? "trixie" : suite;
}

/** The suite of this name. LabError if there is none. */
export function parseSuite(name: string): Suite {
  const suite = SUITES.find(known => known === name);
  if (suite === undefined) throw new LabError(`SUITE=${name} is unknown; use ${SUITES.join(", ")}`);
  return suite;
}
