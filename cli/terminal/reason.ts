// Failures in words for the terminal. Apart from the etcd client, which many commands do not load.
import { reasonOf } from "../../crd-like-specs/reason.ts";

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections: nothing listens there",
  ENOTFOUND: "no such host name",
  EAI_AGAIN: "its name cannot be resolved now",
  EHOSTUNREACH: "no route to this host",
  ENETUNREACH: "no route to this network",
  ENOENT: "no such file",
  EACCES: "permission denied",
  EADDRINUSE: "the port is taken",
  EADDRNOTAVAIL: "this machine has no such address",
};

/** Why a call failed, human-readable, such as `permission denied`. */
export const reason = (error: unknown): string => reasonOf(error, SYSTEM_ERRORS);
