// "Did you mean …": the known word that differs by the fewest typing errors.
import { distance } from "fastest-levenshtein";

/**
 * The nearest of `known`, at most two errors or a third of the word's length away, or undefined. On a tie the first.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const maxErrors = Math.max(2, Math.floor(word.length / 3));
  if (word.length > 200) return undefined;
  return known
    .map(candidate => ({ candidate, errors: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ errors }) => errors <= maxErrors)
    .sort((a, b) => a.errors - b.errors)[0]?.candidate;
}
