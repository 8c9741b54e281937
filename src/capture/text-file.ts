// Texts that tcpdump has printed, by path. `FILE#NODE` is what was printed on one node, in a text of several.
import { closeSync, openSync, readSync, type Stats, statSync } from '#host';
import { asCharacters, decodeText, isText, joined } from '../bytes/encoding.js';
import { nodesIn } from '../texts/nodes.js';
import { isPrinted, LOOK, timesOf } from '../texts/recognise.js';
import { TextInput } from './input.js';
import { looksLike, SNIFF_LENGTH, sniff } from './sniff.js';
import { unzippedHead } from './unzip.js';

export { isPart } from '../texts/nodes.js';

/** Bytes of a text that are looked through for the nodes it is of. */
const MAX_NODES_BYTES = 16 * 1024 * 1024;

/** What is at a path; undefined where nothing can be reached by it: whoever opens it says why. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** The file of a path, and the node whose part is meant. A file whose own name has the mark comes first. */
export function textPart(path: string): { readonly file: string; readonly node: string | null } {
  const mark = path.lastIndexOf('#');
  if (mark <= 0 || statOf(path) !== undefined) return { file: path, node: null };
  const file = path.slice(0, mark);
  return statOf(file)?.isFile() ? { file, node: path.slice(mark + 1) } : { file: path, node: null };
}

/** The start of a file, if it is a printed text; else null. Reads from where the descriptor stands. */
export function printedHead(fd: number, start: Uint8Array): { readonly head: Uint8Array; readonly isPrinted: boolean } {
  if (sniff(start, 0, start.length) !== null || !isText(start, 0, start.length)) return { head: start, isPrinted: false };
  const head = readOn(fd, start, LOOK);
  return { head, isPrinted: isPrinted(asCharacters(head)) };
}

export function textInput(fd: number, head: Uint8Array, node: string | null, close: () => void): TextInput {
  return new TextInput(fd, head, { only: node, differences: timesOf(asCharacters(head)) }, close);
}

/** Nodes that a printed text is of, as its prompts and headings say; null for everything else. */
export function printedNodes(path: string): readonly string[] | null {
  if (path === '' || path === '-') return null;
  return fromStart(path, (fd, start) => {
    const { head, isPrinted: isOne } = printedHead(fd, start);
    return isOne ? nodesOf(fd, head) : null;
  });
}

const nodesOf = (fd: number, head: Uint8Array): readonly string[] => nodesIn(asCharacters(readOn(fd, head, MAX_NODES_BYTES)));

/** What a file is, from its first bytes. */
export type Content =
  | { readonly kind: 'capture' }
  /** `nodes`: as `printedNodes` has them. */
  | { readonly kind: 'printed text'; readonly nodes: readonly string[] }
  | { readonly kind: 'text'; readonly head: string }
  /** `looks`: what it is instead, in words. */
  | { readonly kind: 'other'; readonly looks: string };

/** Null where it is no file or cannot be read. A capture may be compressed by gzip or zstd, a text by gzip. */
export function contentOf(path: string): Content | null {
  return fromStart(path, (fd, start): Content => {
    const format = sniff(start, 0, start.length);
    if (format === 'gzip') {
      const inside = unzippedHead(fd, start);
      const isCapture = inside.length === 0 || sniff(inside, 0, inside.length) !== null || isPrinted(asCharacters(inside));
      return isCapture ? { kind: 'capture' } : plainContent(inside);
    }
    if (format !== null) return { kind: 'capture' };
    const { head, isPrinted: isOne } = printedHead(fd, start);
    return isOne ? { kind: 'printed text', nodes: nodesOf(fd, head) } : plainContent(head);
  });
}

function plainContent(head: Uint8Array): Content {
  if (head.length === 0) return { kind: 'other', looks: 'it is empty' };
  if (!isText(head)) return { kind: 'other', looks: `it looks like ${looksLike(head, 0, head.length)}` };
  return { kind: 'text', head: decodeText(head) };
}

/** What `look` makes of a file and its first bytes; null where it is no file or cannot be read: whoever reads it says why. */
export function fromStart<T>(path: string, look: (fd: number, start: Uint8Array) => T): T | null {
  if (!statOf(path)?.isFile()) return null;
  let fd: number | null = null;
  try {
    fd = openSync(path, 'r');
    const start = new Uint8Array(SNIFF_LENGTH);
    return look(fd, start.subarray(0, readSync(fd, start, 0, SNIFF_LENGTH, null)));
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return null;
    throw error;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** `start` and what follows it, up to `most` bytes. */
function readOn(fd: number, start: Uint8Array, most: number): Uint8Array {
  const pieces: Uint8Array[] = [start];
  let length = start.length;
  while (length < most) {
    const piece = new Uint8Array(Math.min(LOOK, most - length));
    const got = readSync(fd, piece, 0, piece.length, null);
    if (got === 0) break;
    pieces.push(piece.subarray(0, got));
    length += got;
  }
  return joined(pieces);
}
