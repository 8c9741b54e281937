// What a user may have meant.

/** Up to three of `names` that look like `word`, best first: few edits, or the word is the name's last part. */
export function nearestNames(word: string, names: Iterable<string>): string[] {
  const limit = Math.max(2, Math.floor(word.length / 4));
  return Array.from(names, (name) => ({ name, edits: edits(word, name) }))
    .filter(({ name, edits }) => edits <= limit || name.endsWith(`.${word}`))
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** The candidate that takes the fewest edits (at most a third of the word, two at least), or null. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const needed = edits(word, candidate);
    if (needed < least) [best, least] = [candidate, needed];
  }
  return best;
}

/** Edits from one word to the other: insertions, deletions, replacements, and swaps of neighbours (Damerau-Levenshtein). */
export function edits(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1);
      row.push(best);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}
