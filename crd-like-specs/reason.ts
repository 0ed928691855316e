// Why something failed, as the end of a sentence: "cannot read /etc/hosts: permission denied".

/**
 * The message of what was thrown, or of each error that an AggregateError holds: where a name has several addresses, a
 * failed connection has no message of its own. `words` says what an operator reads for the code of a system error.
 */
export function reasonOf(error: unknown, words: Readonly<Record<string, string>> = {}): string {
  if (!(error instanceof Error)) return String(error);
  const said = "code" in error ? words[String(error.code)] : undefined;
  if (said !== undefined) return said;
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(each => reasonOf(each, words)).join("; ");
  return error.message;
}
