// The JSON Schema of every kind, for editors, CI and programs that read the keys.
import { z } from "zod";
import { AgentConfig } from "./agent-config.ts";
import { RESOURCES } from "./resources/parse-resource.ts";
import { clusterSchema } from "./settings/cluster-schema.ts";
import type { JsonSchema } from "./settings/field.ts";

/** By kind. Each schema is made on demand. */
export const SCHEMAS: Readonly<Record<string, () => JsonSchema>> = {
  Cluster: clusterSchema,
  // The input form: a field with a default is optional.
  AgentConfig: () => ({ title: "AgentConfig", ...z.toJSONSchema(AgentConfig, { io: "input" }) }),
  ...Object.fromEntries(
    Object.entries(RESOURCES).map(([kind, schema]) => [kind, () => ({ title: kind, ...z.toJSONSchema(schema) })]),
  ),
};
