// What a user may have meant.
import leven from 'leven';

/** A list of names can come from a file: of a map of 100 000 pods the first ones must do. */
const MOST = 10_000;
const LONGEST = 100;

/** Edits from one word to the other: insertions, deletions and replacements; `most` + 1 where it takes more. */
export const edits = (a: string, b: string, most: number): number =>
  Math.abs(a.length - b.length) > most ? most + 1 : leven(a, b, { maxDistance: most + 1 });

/** Up to three of `names` that look like `word`, best first: few edits, or the word is the name's last part. */
export function nearestNames(word: string, names: Iterable<string>): string[] {
  const limit = Math.max(2, Math.floor(word.length / 4));
  return Array.from(names, (name) => ({ name, edits: edits(word, name, limit) }))
    .filter(({ name, edits }) => edits <= limit || name.endsWith(`.${word}`))
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** The candidate that takes the fewest edits, upper and lower case alike (at most a third of the word, two at least), or null. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  if (word.length > LONGEST) return null;
  let best: string | null = null;
  let least = Math.max(2, Math.ceil(word.length / 3)) + 1;
  let looked = 0;
  for (const candidate of candidates) {
    if (++looked > MOST) break;
    const needed = edits(word.toLowerCase(), candidate.toLowerCase(), least - 1);
    if (needed < least) [best, least] = [candidate, needed];
  }
  return best;
}
