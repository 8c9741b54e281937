// Which machines a paste is of.
import { promptOf } from './noise.js';
import { isPrinted } from './recognise.js';

/** Machines with packets of their own, in order; further ones are left out. */
const MAX_NODES = 256;

/** Names that prompts and headings of a text give, as far as packets follow them. */
export function nodesIn(text: string): string[] {
  const nodes: string[] = [];
  let node: string | null = null;
  let from = 0;
  const close = (to: number) => {
    if (node !== null && !nodes.includes(node) && nodes.length < MAX_NODES && isPrinted(text.slice(from, to))) nodes.push(node);
  };
  let at = 0;
  for (let end = text.indexOf('\n'); at < text.length; end = text.indexOf('\n', at)) {
    const stop = end < 0 ? text.length : end;
    // Packets start with a digit or a blank: nothing else needs a look.
    const c = text.charCodeAt(at);
    if (stop - at < 400 && !(c >= 48 && c <= 57) && c !== 32 && c !== 9) {
      const found = promptOf(
        text
          .slice(at, stop)
          .replace(/^(?:> ){1,3}/, '')
          .trimEnd(),
      );
      if (found?.node != null) {
        close(at);
        node = found.node;
        from = at;
      }
    }
    at = stop + 1;
  }
  close(text.length);
  return nodes;
}
