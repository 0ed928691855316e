// Lists in sentences.

/** Of British English, which has no comma before the last "and". */
const AND = new Intl.ListFormat("en-GB", { type: "conjunction" });

/** `h1`, `h1 and h3`, `h1, h3 and h5`; empty for no names. */
export const andList = (names: readonly string[]): string => AND.format(names);

/** `h1, h2 and 3 more`: a line stays a line, however many names there are. Up to `most` names are listed by commas. */
export function someOf(names: readonly string[], most = 8): string {
  if (names.length <= most) return names.join(", ");
  return andList([...names.slice(0, most), `${names.length - most} more`]);
}
