// Lists of names in sentences.

/** British English has no comma before the last "and" or "or". */
const AND = new Intl.ListFormat("en-GB", { type: "conjunction" });
const OR = new Intl.ListFormat("en-GB", { type: "disjunction" });

/** `h1`, `h1 and h3`, `h1, h3 and h5`; empty for no names. */
export const andList = (names: readonly string[]): string => AND.format(names);

/** `h1`, `h1 or h3`, `h1, h3 or h5`; empty for no names. */
export const orList = (names: readonly string[]): string => OR.format(names);

/** Up to `most` names, separated by commas; of more names the first and a count: `h1, h2 and 3 more`. */
export function someOf(names: readonly string[], most = 8): string {
  if (names.length <= most) return names.join(", ");
  return andList([...names.slice(0, most), `${names.length - most} more`]);
}
