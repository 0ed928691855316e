// The JSON Schema of the `Cluster` document, derived from the table of spec paths.

import { UNIT_NAME_PATTERN } from "../units/unit-name.ts";
import type { Field, JsonSchema } from "./field.ts";
import { FIELDS, NODE_FIELDS, NODE_ID, SPEC_PATHS, UNIT_FILE_SCHEMA } from "./table.ts";

export const API_VERSION = "swarmkeeper/v1";
export const KIND = "Cluster";

export function clusterSchema(): JsonSchema {
  const sections = new Map<string, Record<string, JsonSchema>>([["", {}]]);
  for (const path of SPEC_PATHS) {
    const slash = path.indexOf("/");
    const section = slash < 0 ? "" : path.slice(0, slash);
    const properties = sections.get(section) ?? {};
    properties[path.slice(slash + 1)] = fieldSchema(FIELDS[path]);
    sections.set(section, properties);
  }
  const { "": top = {}, ...folders } = Object.fromEntries(sections);
  const units = { ...folders.units, files: { ...map(UNIT_NAME_PATTERN, UNIT_FILE_SCHEMA) } };
  const node = closed(
    Object.fromEntries(Object.entries(NODE_FIELDS).map(([name, field]) => [name, fieldSchema(field)])),
  );
  const spec = closed({
    ...top,
    ...Object.fromEntries(
      Object.entries({ ...folders, units }).map(([name, properties]) => [name, closed(properties)]),
    ),
    nodes: map(NODE_ID.source, node),
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: KIND,
    description: "The desired state of a cluster as one document; each leaf is a key under spec/",
    ...closed({
      apiVersion: { const: API_VERSION },
      kind: { const: KIND },
      metadata: closed({ name: { type: "string" } }),
      spec,
    }),
    required: ["apiVersion", "kind", "spec"],
  };
}

function fieldSchema(field: Field<unknown>): JsonSchema {
  return { description: field.description, default: documentDefault(field), ...field.schema };
}

/** The default as a document contains it. An object in memory, such as a percentage of nodes, becomes its text. */
function documentDefault(field: Field<unknown>): unknown {
  const { default: value } = field;
  if (typeof value !== "object" || Array.isArray(value)) return value;
  const text = field.render(value);
  return /^\d+$/.test(text) ? Number(text) : text;
}

function closed(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: "object", properties, additionalProperties: false };
}

function map(pattern: string, value: JsonSchema): JsonSchema {
  return { type: "object", patternProperties: { [pattern]: value }, additionalProperties: false };
}
