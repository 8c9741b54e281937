// How keys are written: by a person, and by `:map`.
import type { Key } from './screen/input.js';

const SHOWN: Readonly<Record<string, string>> = {
  enter: 'Enter',
  esc: 'Esc',
  tab: 'Tab',
  'shift-tab': 'Shift-Tab',
  space: 'Space',
  backspace: 'Backspace',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pgup: 'PgUp',
  pgdn: 'PgDn',
  home: 'Home',
  end: 'End',
  delete: 'Del',
};

/** `Ctrl-W =`, `gg`, `m a-z`: as a person writes it. */
export function shownKeys(keys: string): string {
  const parts = keys.split(' ').map((key) => SHOWN[key] ?? key.replace(/^ctrl-(.)/, (_, c: string) => `Ctrl-${c.toUpperCase()}`));
  const text = parts.map((part) => (part === '*' ? 'a-z' : part === 'alt-*' ? 'Alt-1…9' : part));
  return text.join(text.every((part) => part.length === 1) ? '' : ' ');
}

/** Names that `:map` may use, and how it writes keys: `<f5>`, `<tab>`, `<c-w>`, `x`. Null where it is none. */
export function keysOfText(text: string): Key[] | null {
  const keys: Key[] = [];
  for (const [part, name] of text.matchAll(/<([^<>\s]+)>|[\s\S]/g)) {
    if (name === undefined) keys.push(part === ' ' ? 'space' : part);
    else {
      const key = keyOfName(name.toLowerCase());
      if (key === null) return null;
      keys.push(key);
    }
  }
  return keys;
}

const VIM: Readonly<Record<string, Key>> = {
  cr: 'enter',
  return: 'enter',
  escape: 'esc',
  bs: 'backspace',
  del: 'delete',
  ins: 'insert',
  pageup: 'pgup',
  pagedown: 'pgdn',
  lt: '<',
  bar: '|',
  bslash: '\\',
};

function keyOfName(name: string): Key | null {
  const modifier = /^(c|ctrl|s|shift|m|a|alt)-(.+)$/.exec(name);
  if (modifier !== null) {
    const base = modifier[2].length === 1 ? modifier[2] : keyOfName(modifier[2]);
    if (base === null) return null;
    const kind = modifier[1][0] === 'c' ? 'ctrl' : modifier[1][0] === 's' ? 'shift' : 'alt';
    return `${kind}-${base}`;
  }
  const known = VIM[name] ?? name;
  return known.length === 1 || SHOWN[known] !== undefined || /^(f([1-9]|1[0-2])|delete|insert)$/.test(known) ? known : null;
}
