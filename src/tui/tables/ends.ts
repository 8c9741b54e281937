// Display filters from the two ends of a conversation.

export interface Ends {
  /** Filter parts that hold for the end in either role: `ip.addr == 10.0.0.1 && tcp.port == 80`. */
  readonly a: string;
  readonly b: string;
}

/** Which way the packets run, in the order of their digits. */
export const WAYS = ['A ↔ B', 'A → B', 'B → A', 'A ↔ any', 'A → any', 'any → A', 'any ↔ B', 'any → B', 'B → any'] as const;
export type Way = (typeof WAYS)[number];

/** How the filter goes together with the one that is set. */
export const JOINS = ['selected', 'not selected', 'and', 'or', 'and not', 'or not'] as const;
export type Join = (typeof JOINS)[number];

// The names of a role are those of both roles with another ending: ip.addr, ip.src, ip.dst; tcp.port, tcp.srcport, tcp.dstport.
const asSource = (part: string): string => part.replace(/\.addr ==/g, '.src ==').replace(/\.port ==/g, '.srcport ==');
const asDestination = (part: string): string => part.replace(/\.addr ==/g, '.dst ==').replace(/\.port ==/g, '.dstport ==');

function filterOfWay({ a, b }: Ends, way: Way): string {
  switch (way) {
    case 'A ↔ B':
      return `${a} && ${b}`;
    case 'A → B':
      return `${asSource(a)} && ${asDestination(b)}`;
    case 'B → A':
      return `${asSource(b)} && ${asDestination(a)}`;
    case 'A ↔ any':
      return a;
    case 'A → any':
      return asSource(a);
    case 'any → A':
      return asDestination(a);
    case 'any ↔ B':
      return b;
    case 'any → B':
      return asDestination(b);
    case 'B → any':
      return asSource(b);
  }
}

/** The filter for the ends; `old` is the one that is set, or ''. */
export function endsFilter(ends: Ends, way: Way, join: Join, old: string): string {
  const filter = filterOfWay(ends, way);
  const not = `!(${filter})`;
  const isNegative = join === 'not selected' || join === 'and not' || join === 'or not';
  const added = isNegative ? not : filter;
  if (old.trim() === '' || join === 'selected' || join === 'not selected') return added;
  const isAnd = join === 'and' || join === 'and not';
  return isAnd ? `(${old}) && ${added}` : `(${old}) || ${isNegative ? not : `(${filter})`}`;
}
