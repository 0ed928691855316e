// The JSON Schema of every kind, for editors, CI and people who write programs against the keys.
import { z } from "zod";
import { AgentConfig } from "./agent-config.ts";
import { RESOURCES } from "./resources/parse-resource.ts";
import { clusterSchema } from "./settings/cluster-schema.ts";
import type { JsonSchema } from "./settings/field.ts";

/** By kind; each is made when it is asked for. */
export const SCHEMAS: Readonly<Record<string, () => JsonSchema>> = {
  Cluster: clusterSchema,
  // As an operator writes it: what has a default may be left out.
  AgentConfig: () => ({ title: "AgentConfig", ...z.toJSONSchema(AgentConfig, { io: "input" }) }),
  ...Object.fromEntries(
    Object.entries(RESOURCES).map(([kind, schema]) => [kind, () => ({ title: kind, ...z.toJSONSchema(schema) })]),
  ),
};
