// The ordered systemd units of a role. Accepts one name per line, `# comments`, commas, and YAML or JSON lists, because
// operators copy such lists from various places.

import type { Field } from "../settings/field.ts";
import { unquoted, withoutComment } from "../settings/field.ts";
import type { Parsed, ValidationError } from "../validation.ts";
import { parsed, rejected } from "../validation.ts";
import { CONTROLLER_UNIT, UNIT_NAME_PATTERN, unitNameError, VAULT_UNIT } from "./unit-name.ts";

interface Item {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

function unitList(
  description: string,
  fallback: readonly string[],
  listError: (items: readonly Item[]) => ValidationError | undefined,
) {
  const field: Field<readonly string[]> = {
    description,
    default: fallback,
    schema: { type: "array", items: { type: "string", pattern: UNIT_NAME_PATTERN }, uniqueItems: true },
    render: units => units.join("\n"),
    parse: text => {
      const found = items(text);
      if (!found.ok) return found;
      const error = nameError(found.value) ?? vaultError(found.value) ?? listError(found.value);
      return error === undefined ? parsed(found.value.map(item => item.name)) : rejected(error);
    },
  };
  return field;
}

/** Vault has no place in a list, because a change of Vault has its own order of nodes. */
function vaultError(found: readonly Item[]): ValidationError | undefined {
  const vault = found.find(item => item.name === VAULT_UNIT);
  return (
    vault && {
      ...{ line: vault.line, column: vault.column },
      message: `managers run ${VAULT_UNIT} without a list while spec/vault/enabled is true`,
      expected: "leave it out",
    }
  );
}

/** The list must contain the controller: without it no program would read the next version of the list. */
export const managerUnits = unitList(
  "The units of every manager, in the order in which they start",
  [CONTROLLER_UNIT],
  found =>
    found.some(item => item.name === CONTROLLER_UNIT)
      ? undefined
      : {
          message: `${CONTROLLER_UNIT} is missing, so the cluster would have no leader`,
          expected: `add ${CONTROLLER_UNIT}`,
        },
);

export const workerUnits = unitList("The units of every worker, in the order in which they start", [], found => {
  const controller = found.find(item => item.name === CONTROLLER_UNIT);
  return controller === undefined
    ? undefined
    : {
        line: controller.line,
        column: controller.column,
        message: "the controller runs on managers only",
        expected: `leave ${CONTROLLER_UNIT} out`,
      };
});

function items(text: string): Parsed<Item[]> {
  const flow = flowBody(text);
  if (!flow.ok) return flow;
  const found: Item[] = [];
  for (const [index, raw] of flow.value.split("\n").entries()) {
    const dash = /^\s*-(\s+|$)/.exec(raw)?.[0].length ?? 0;
    const line = " ".repeat(dash) + withoutComment(raw).slice(dash);
    let column = 1;
    for (const part of line.split(",")) {
      const name = unquoted(part.trim());
      if (name !== "") found.push({ name, line: index + 1, column: column + part.search(/\S/) });
      column += part.length + 1;
    }
  }
  return parsed(found);
}

/** The text with the brackets of a `[a, b]` list replaced by blanks, so that positions stay the same. */
function flowBody(text: string): Parsed<string> {
  const start = text.search(/\S/);
  if (start < 0 || text[start] !== "[") return parsed(text);
  const end = text.trimEnd().length - 1;
  if (text[end] !== "]") {
    const line = text.slice(0, start).split("\n").length;
    return rejected({
      line,
      column: 1,
      message: "the list starts with [ and does not end with ]",
      expected: "add ] at the end",
    });
  }
  return parsed(`${text.slice(0, start)} ${text.slice(start + 1, end)}`);
}

function nameError(found: readonly Item[]): ValidationError | undefined {
  const byName = new Map<string, Item>();
  for (const item of found) {
    const at = { line: item.line, column: item.column };
    const error = unitNameError(item.name);
    if (error !== undefined) return { ...at, ...error };
    if (/@\./.test(item.name)) {
      return {
        ...at,
        message: `${item.name} is a template, which cannot be started`,
        expected: `name an instance, such as ${item.name.replace("@.", "@main.")}`,
      };
    }
    const earlier = byName.get(item.name);
    if (earlier !== undefined) {
      return {
        ...at,
        message: `${item.name} is listed twice, first on line ${earlier.line}`,
        expected: "list it once",
      };
    }
    byName.set(item.name, item);
  }
  return undefined;
}
