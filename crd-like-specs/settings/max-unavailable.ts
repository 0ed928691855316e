// The disruption budget of a rollout for each role: a number or a percentage of nodes.
import type { Field } from "./field.ts";
import { quoted, scalarField } from "./field.ts";

export type MaxUnavailable = { readonly nodes: number } | { readonly percent: number };

const EXPECTED = "use a number of nodes, at least 1, or a percentage from 1% to 100%";

export const maxUnavailable: Field<MaxUnavailable> = scalarField<MaxUnavailable>({
  description:
    "How many nodes of a role a rollout changes at once: a number or a percentage; managers are always changed one at a time",
  default: { nodes: 1 },
  expected: EXPECTED,
  schema: {
    anyOf: [
      { type: "integer", minimum: 1 },
      { type: "string", pattern: "^([1-9][0-9]?|100)%$" },
    ],
  },
  render: value => ("nodes" in value ? String(value.nodes) : `${value.percent}%`),
  read: text => {
    const [, digits, share] = /^(\d{1,9})\s*(%?)$/.exec(text) ?? [];
    if (digits === undefined)
      return { message: `${quoted(text)} is neither a number nor a percentage`, expected: EXPECTED };
    const amount = Number(digits);
    if (amount < 1) return { message: "a rollout that may change no node never ends", expected: EXPECTED };
    if (share !== "%") return { value: { nodes: amount } };
    return amount > 100
      ? { message: `${amount}% is more than all nodes`, expected: EXPECTED }
      : { value: { percent: amount } };
  },
});
