// Lists of names in sentences.

// A formatter is created for each list: the first one of a process takes 6 MB of memory (measured), which an agent that
// has nothing to report does not need. British English has no comma before the last "and" or "or".

/** `h1`, `h1 and h3`, `h1, h3 and h5`; empty for no names. */
export const andList = (names: readonly string[]): string => listed("conjunction", names);

/** `h1`, `h1 or h3`, `h1, h3 or h5`; empty for no names. */
export const orList = (names: readonly string[]): string => listed("disjunction", names);

const listed = (type: Intl.ListFormatType, names: readonly string[]): string =>
  new Intl.ListFormat("en-GB", { type }).format(names);

/** Up to `most` names, separated by commas; of more names the first and a count: `h1, h2 and 3 more`. */
export function someOf(names: readonly string[], most = 8): string {
  if (names.length <= most) return names.join(", ");
  return andList([...names.slice(0, most), `${names.length - most} more`]);
}
