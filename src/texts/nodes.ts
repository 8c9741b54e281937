// Which machines a paste is of.
import { Content } from './content.js';
import { banner, promptOf } from './noise.js';
import { isPrinted } from './recognise.js';

/** Machines with packets of their own, in order; further ones are left out. */
const MAX_NODES = 256;

/** What a part of a text is called that only a banner of tcpdump divides from the one before; from 1. */
export const partName = (number: number): string => `part${number}`;
export const isPart = (name: string): boolean => /^part\d+$/.test(name);

const isDigit = (text: string, at: number): boolean => {
  const c = text.charCodeAt(at);
  return c >= 48 && c <= 57;
};

/** Where the first character is that is no blank. */
function firstAt(text: string, at: number): number {
  let i = at;
  for (let c = text.charCodeAt(i); c === 32 || c === 9; c = text.charCodeAt(++i));
  return i;
}

/** Starts with a time, of day, with a date, or since 1970: enough to know what it is not. */
const isTimed = (text: string, at: number): boolean =>
  isDigit(text, at) &&
  (text.charCodeAt(at + 2) === 58 ||
    text.charCodeAt(at + 4) === 45 ||
    (isDigit(text, at + 9) && text.charCodeAt(at + 10) === 46));

/** Names that prompts and headings of a text give, as far as packets follow them; where none does, those of parts that start with a banner. */
export function nodesIn(text: string): string[] {
  const nodes: string[] = [];
  let node: string | null = null;
  let from = 0;
  const close = (to: number) => {
    if (node !== null && !nodes.includes(node) && nodes.length < MAX_NODES && isPrinted(text.slice(from, to))) nodes.push(node);
  };
  let parts = 0;
  let partFrom = 0;
  const closePart = (to: number) => {
    if (parts >= MAX_NODES || !isPrinted(text.slice(partFrom, to))) return;
    parts++;
    partFrom = to;
  };
  let at = 0;
  const content = new Content();
  for (let end = text.indexOf('\n'); at < text.length; end = text.indexOf('\n', at)) {
    const stop = end < 0 ? text.length : end;
    // Packets start with a digit or a blank: nothing else needs a look.
    if (isDigit(text, at)) {
      if (isTimed(text, at)) content.packet();
    } else if (stop - at < 400 && !isDigit(text, firstAt(text, at))) {
      const given = text.slice(at, stop).replace(/^(?:> ){1,3}/, '');
      const line = given.trim();
      // In a paste that is indented as a whole nothing but a prompt is what it looks like.
      const isFurther = given.startsWith(' ') || given.startsWith('\t');
      const prompt = promptOf(line);
      const found = isFurther && prompt?.isSure !== true && prompt?.runs !== true ? null : prompt;
      if (isTimed(line, 0)) content.packet();
      else if (content.has(line, found)) {
        // What -A prints.
      } else if (found?.node != null) {
        close(at);
        node = found.node;
        from = at;
      } else if (banner(line)?.starts === true) closePart(at);
    }
    at = stop + 1;
  }
  close(text.length);
  closePart(text.length);
  if (nodes.length === 0 && parts > 1) return Array.from({ length: parts }, (_, i) => partName(i + 1));
  return nodes;
}
