// Fields for ordinary values: booleans, whole numbers within bounds, one of a few words, nonces.
import { orList } from "../lists.ts";
import type { Field } from "./field.ts";
import { quoted, scalarField } from "./field.ts";

const YES = ["true", "yes", "on"];
const NO = ["false", "no", "off"];

export function boolean(description: string, fallback: boolean): Field<boolean> {
  const expected = "use true or false";
  return scalarField({
    description,
    default: fallback,
    expected,
    schema: { type: "boolean" },
    read: text => {
      const word = text.toLowerCase();
      if (YES.includes(word)) return { value: true };
      if (NO.includes(word)) return { value: false };
      return { message: `${quoted(text)} is neither true nor false`, expected };
    },
  });
}

/** The whole number in a text, or the error. */
export function wholeNumber(text: string, expected: string): { value: number } | { message: string; expected: string } {
  if (/^[+-]?\d{1,15}$/.test(text)) return { value: Number(text) };
  const number = text !== "" && Number.isFinite(Number(text));
  return { message: `${quoted(text)} is not a ${number ? "whole " : ""}number`, expected };
}

export function integer(
  description: string,
  options: { default: number; min: number; max: number; unit?: string },
): Field<number> {
  const { min, max } = options;
  const expected = `use a whole number from ${min} to ${max}${options.unit === undefined ? "" : ` (${options.unit})`}`;
  return scalarField({
    description,
    default: options.default,
    expected,
    schema: { type: "integer", minimum: min, maximum: max },
    read: text => {
      const number = wholeNumber(text, expected);
      if (!("value" in number)) return number;
      if (number.value < min) return { message: `${number.value} is less than ${min}`, expected };
      if (number.value > max) return { message: `${number.value} is more than ${max}`, expected };
      return number;
    },
  });
}

export function enumOf<const Word extends string>(
  description: string,
  words: readonly Word[],
  fallback: NoInfer<Word>,
): Field<Word> {
  const expected = () => `use ${orList(words)}`;
  return scalarField<Word>({
    description,
    default: fallback,
    get expected() {
      return expected();
    },
    schema: { enum: words },
    read: text => {
      const value = words.find(word => word === text.toLowerCase());
      if (value !== undefined) return { value };
      return { message: `${quoted(text)} is not one of the choices`, expected: expected() };
    },
  });
}

/** A word or a time whose only meaning is whether it changes. */
export function nonce(description: string, fallback: string): Field<string> {
  const expected = `use a word or a time, such as ${new Date(0).toISOString()}`;
  const pattern = "^[A-Za-z0-9:.+_-]{1,64}$";
  return scalarField({
    description,
    default: fallback,
    expected,
    schema: { type: "string", pattern },
    read: text =>
      new RegExp(pattern).test(text)
        ? { value: text }
        : { message: `${quoted(text)} is not a word or a time`, expected },
  });
}
