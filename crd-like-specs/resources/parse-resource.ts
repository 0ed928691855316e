// Parses the JSON that programs wrote into a checked resource, or into an error that names the key.
import { z } from "zod";
import type { LocatedError, Parsed } from "../validation.ts";
import { parsed, rejected } from "../validation.ts";
import { Assignment } from "./assignment.ts";
import { ClusterStatus } from "./cluster-status.ts";
import { Event, SlackCursor } from "./event.ts";
import { LeaderRecord } from "./leader-record.ts";
import { BlockedManagers, Operation, Remediation, SwarmRecord } from "./membership.ts";
import { NodeStatus } from "./node-status.ts";
import { Registration } from "./registration.ts";
import { Revision, Rollout } from "./rollout.ts";
import { SpecStatus } from "./spec-status.ts";
import { VaultService } from "./vault.ts";

/** The schema of each kind of resource that is stored as JSON, by its name in `swarmkeeper schema`. */
export const RESOURCES = {
  Registration,
  Assignment,
  NodeStatus,
  SwarmRecord,
  Operation,
  SpecStatus,
  LeaderRecord,
  ClusterStatus,
  Remediation,
  BlockedManagers,
  Rollout,
  Revision,
  Event,
  VaultService,
  SlackCursor,
} as const satisfies Record<string, z.ZodType>;

export type ResourceKind = keyof typeof RESOURCES;

/** The type of each kind. */
export type Resources = { readonly [Kind in ResourceKind]: z.infer<(typeof RESOURCES)[Kind]> };

/** The same table, typed so that a kind that is known only at run time has its own type. */
const schemas: { readonly [Kind in ResourceKind]: z.ZodType<Resources[Kind]> } = RESOURCES;

/** Parses a resource of one kind. `key` is only part of the error. Never throws. */
export function parseResource<Kind extends ResourceKind>(
  kind: Kind,
  key: string,
  text: string,
): Parsed<Resources[Kind], LocatedError> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return rejected({ path: key, message: "not JSON", expected: `this key holds a ${kind}, which a program writes` });
  }
  const result = schemas[kind].safeParse(json);
  return result.success ? parsed(result.data) : rejected(shapeError(kind, key, result.error));
}

function shapeError(kind: ResourceKind, key: string, error: z.ZodError): LocatedError {
  const [issue] = error.issues;
  const place = issue === undefined || issue.path.length === 0 ? "" : `${z.core.toDotPath(issue.path)}: `;
  return {
    path: key,
    message: `not a ${kind}: ${place}${issue?.message ?? "wrong shape"}`,
    expected: `\`swarmkeeper schema ${kind}\` prints the shape`,
  };
}
