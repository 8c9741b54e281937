// A small, strict XML reader for tests: elements, attributes, text, the five entities. Throws on anything else.

export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
// XML 1.0 section 2.2, production Char.
const CHAR = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

export function parseXml(source: string): Element {
  if (!CHAR.test(source)) throw new Error('a character that XML forbids');
  let at = source.startsWith('<?xml') ? source.indexOf('?>') + 2 : 0;
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const stack = [root];
  const decode = (text: string) =>
    text.replace(/&([^;]*;?)/g, (_, entity: string) => {
      const value = ENTITIES[entity.replace(/;$/, '')];
      if (value === undefined || !entity.endsWith(';')) throw new Error(`entity &${entity}`);
      return value;
    });
  const token = /<(\/?)([A-Za-z][\w.-]*)((?:\s+[A-Za-z][\w.-]*="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
  while (at < source.length) {
    token.lastIndex = at;
    const match = token.exec(source);
    if (match === null) throw new Error(`not well-formed at ${at}: ${source.slice(at, at + 40)}`);
    at = token.lastIndex;
    const [, close, name, attributes, empty, text] = match;
    const top = stack.at(-1)!;
    if (text !== undefined) {
      if (text.includes(']]>')) throw new Error(']]> in text');
      top.text += decode(text);
    } else if (close === '/') {
      if (stack.pop()!.name !== name) throw new Error(`</${name}> does not close`);
    } else {
      const element: Element = { name: name!, attributes: {}, children: [], text: '' };
      for (const [, key, value] of attributes!.matchAll(/([\w.-]+)="([^"]*)"/g)) {
        if (key! in element.attributes) throw new Error(`${key} twice`);
        element.attributes[key!] = decode(value!);
      }
      top.children.push(element);
      if (empty !== '/') stack.push(element);
    }
  }
  if (stack.length !== 1 || root.children.length !== 1) throw new Error('not one closed root');
  return root.children[0]!;
}
