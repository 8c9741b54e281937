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

/**
 * The one of `names` that `word` is a slip of the keyboard for, or null: letters in another order, or one or two of them wrong, in a part long
 * enough for that. Names that differ in digits, or at one end only (`n3` and `n4`, `node-a` and `node-d`, `lan0` and `wan0`), are two of a
 * kind: one of them may well be missing from the list.
 */
export function misspelt(word: string, names: readonly string[]): string | null {
  if (word.length > LONGEST || names.includes(word)) return null;
  return names.slice(0, MOST).find((name) => isSlip(...differingParts(word.toLowerCase(), name.toLowerCase()))) ?? null;
}

function isSlip(a: string, b: string): boolean {
  // Upper and lower case.
  if (a === b) return true;
  if (areSiblings(a, b)) return false;
  if (a.length >= 3 && [...a].sort().join('') === [...b].sort().join('')) return true;
  const most = a.length >= 6 ? 2 : a.length >= 4 ? 1 : 0;
  return edits(a, b, most) <= most;
}

/** Of names of several parts (`br-lan` and `br-wan`) the only part that differs. */
function differingParts(a: string, b: string): [string, string] {
  const as = a.split(/[^a-z\d]+/);
  const bs = b.split(/[^a-z\d]+/);
  const differing = as.flatMap((part, i) => (part === bs[i] ? [] : [i]));
  return as.length === bs.length && differing.length === 1 ? [as[differing[0]!]!, bs[differing[0]!]!] : [a, b];
}

function areSiblings(a: string, b: string): boolean {
  if (a.replace(/\d+/g, '#') === b.replace(/\d+/g, '#')) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (long.startsWith(short) || long.endsWith(short)) return true;
  return a.length === b.length && (a.slice(1) === b.slice(1) || a.slice(0, -1) === b.slice(0, -1));
}
