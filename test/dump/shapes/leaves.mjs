// A packet of `-T json` as a list: where each value stands, and the value.

/** The text of JSON, objects as lists of pairs: names may be there twice. */
export function parse(text) {
  let at = 0;
  const blank = () => {
    while (/\s/.test(text[at] ?? 'x')) at++;
  };
  const token = (pattern) => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text);
    at += found.length;
    return JSON.parse(found);
  };
  const string = () => token(/"(?:[^"\\]|\\.)*"/y);
  const value = () => {
    blank();
    if (text[at] === '"') return string();
    if (text[at] !== '{' && text[at] !== '[') return token(/[\w.+-]+/y);
    const isObject = text[at++] === '{';
    const list = [];
    for (blank(); text[at] !== '}' && text[at] !== ']'; blank()) {
      if (text[at] === ',') {
        at++;
        blank();
      }
      if (!isObject) list.push(value());
      else {
        const name = string();
        blank();
        at++;
        list.push({ name, value: value() });
      }
    }
    at++;
    return list;
  };
  return value();
}

const member = (object, name) => object.find((one) => one.name === name)?.value;

/** `tcp > tcp.flags > tcp.flags.syn = 1` for each value of each packet. */
export function leaves(text) {
  const flat = (members, path) =>
    members.flatMap(({ name, value }) => {
      const below = [...path, name.replace(/_tree$/, '')];
      return Array.isArray(value) && value.every((one) => typeof one === 'object' && 'name' in one)
        ? flat(value, below)
        : [`${below.join(' > ')} = ${value}`];
    });
  return parse(text).map((packet) => flat(member(member(packet, '_source'), 'layers'), []));
}
