// What a capture filter is in the language of display filters.
import { type Primitive, parse, type Tree } from './bpf-parser.js';

/** The same as a display filter, where it is a plain one: for hints. */
export function asDisplayFilter(text: string): string | null {
  try {
    return display(parse(text));
  } catch {
    return null;
  }
}

function display(tree: Tree): string | null {
  switch (tree.kind) {
    case 'not': {
      const of = display(tree.of);
      return of === null ? null : `!(${of})`;
    }
    case 'and':
    case 'or': {
      const left = display(tree.left);
      const right = display(tree.right);
      const wrapped = (t: Tree, said: string) =>
        t.kind !== tree.kind && (t.kind === 'and' || t.kind === 'or') ? `(${said})` : said;
      if (left === null || right === null) return null;
      return `${wrapped(tree.left, left)} ${tree.kind === 'and' ? '&&' : '||'} ${wrapped(tree.right, right)}`;
    }
    case 'relation':
      return null;
    case 'primitive':
      return plain(tree);
  }
}

function plain({ proto, direction, item }: Primitive): string | null {
  if (direction === 'both') return null;
  switch (item.kind) {
    case 'protocol':
      return item.name === 'ip6' ? 'ipv6' : item.name === 'icmp6' ? 'icmpv6' : item.name;
    case 'host':
    case 'net': {
      const name = item.words.length === 4 ? 'ipv6' : proto === 'arp' ? null : 'ip';
      const bits = item.masks.reduce((sum, m) => sum + m.toString(2).replaceAll('0', '').length, 0);
      const full = item.text.split('.').concat(['0', '0', '0']).slice(0, 4).join('.');
      const value = item.words.length === 4 ? item.text : full;
      const length = bits === item.words.length * 32 ? '' : `/${bits}`;
      return name === null ? null : `${name}.${direction === 'either' ? 'addr' : direction} == ${value}${length}`;
    }
    case 'mac':
      return direction === 'either' ? null : `eth.${direction} == ${item.text}`;
    case 'port': {
      const name = direction === 'either' ? 'port' : `${direction}port`;
      const one = (p: string) => `${p}.${name} ${item.from === item.to ? `== ${item.from}` : `in {${item.from}..${item.to}}`}`;
      return proto === null ? `${one('tcp')} || ${one('udp')}` : one(proto);
    }
    case 'vlan':
      return item.id === null ? 'vlan' : `vlan.id == ${item.id}`;
    case 'length':
      return `frame.len ${item.least ? '>=' : '<='} ${item.value}`;
    default:
      return null;
  }
}
