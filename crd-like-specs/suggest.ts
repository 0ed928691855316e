// "Did you mean …": the known word that is the fewest typing errors away, where one is near.
import { distance } from "fastest-levenshtein";

/** The nearest of `known` within about a third of the word's length, or undefined. Of equally near ones the first. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const reach = Math.max(2, Math.floor(word.length / 3));
  if (word.length > 200) return undefined;
  return known
    .map(candidate => ({ candidate, errors: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ errors }) => errors <= reach)
    .sort((a, b) => a.errors - b.errors)[0]?.candidate;
}
