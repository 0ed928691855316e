// "Did you mean …": the known word that is the fewest slips of the finger away, where one is near.

/** The nearest of `known` within about a third of the word's length, or undefined. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const reach = Math.max(2, Math.floor(word.length / 3));
  if (word.length > 200) return undefined;
  return known
    .map(candidate => ({ candidate, slips: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ slips }) => slips <= reach)
    .sort((a, b) => a.slips - b.slips)[0]?.candidate;
}

/** Levenshtein's distance: letters added, dropped or exchanged. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    let diagonal = i;
    row = row.reduce<number[]>((next, above, j) => {
      const cost =
        j === 0 ? i + 1 : Math.min(above + 1, (next[j - 1] ?? 0) + 1, diagonal + (b[j - 1] === letter ? 0 : 1));
      diagonal = above;
      next.push(cost);
      return next;
    }, []);
  }
  return row[b.length] ?? 0;
}
