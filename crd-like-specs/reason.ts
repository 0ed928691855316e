// The reason of a failure, to end a sentence: "cannot read /etc/hosts: permission denied".

/**
 * The message of a thrown value, or of each error in an AggregateError, because a failed connection to a name with
 * several addresses has no message of its own. `words` has a text for some codes of system errors.
 */
export function reasonOf(error: unknown, words: Readonly<Record<string, string>> = {}): string {
  if (!(error instanceof Error)) return String(error);
  const text = "code" in error ? words[String(error.code)] : undefined;
  if (text !== undefined) return text;
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(each => reasonOf(each, words)).join("; ");
  return error.message;
}
