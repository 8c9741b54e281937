// What a program was asked for, which its output alone does not tell.
import type { Ran } from './command-line.js';

export interface Hint {
  /** Null: the output must tell. `other`: nothing of it is about the topology. */
  readonly what: 'addr' | 'link' | 'route' | 'route get' | 'neigh' | 'rule' | 'other' | null;
  readonly family: 4 | 6 | null;
  /** Routing table, where another than the main one was asked for. */
  readonly table: string | null;
  /** The output holds some lines of the listing only, so that a missing one proves nothing. */
  readonly part: boolean;
  /** Namespace of the objects where a table has no column for it. */
  readonly namespace: string | null;
  /** The device that was asked for (`show dev eth0`): lines of it do not name it. */
  readonly dev: string | null;
  /** The one file below /proc/sys that was printed: its output is the value alone. */
  readonly setting: string | null;
  /** The fields that kubectl was asked for, by jsonpath, columns or a template. */
  readonly fields: string | null;
}

export const NO_HINT: Hint = {
  what: null,
  family: null,
  table: null,
  part: false,
  namespace: null,
  dev: null,
  setting: null,
  fields: null,
};

/** Programs that pass every line on. */
const WHOLE = new Set(['cat', 'tee', 'sort', 'column', 'less', 'more', 'nl', 'jq', 'yq', 'ccze', 'bat']);
/** Programs whose output has nothing of the topology, however it looks. */
const OTHERS = new Set(
  'date uptime uname hostname whoami ls pwd tcpdump ping ping6 curl wget traceroute tracepath mtr dig nslookup host hubble pwru arping nc iperf iperf3 nmap journalctl dmesg top htop tshark termshark'.split(
    ' ',
  ),
);
/** What a machine was told at some time; what is in effect its programs print. */
const CONFIGURATION =
  /^\/(?:etc|run|usr\/lib|lib)\/(?:netplan|systemd|network|NetworkManager|wireguard|frr|bird|hosts|hostname|resolv\.conf|os-release|sysconfig)\b/;
const OBJECTS: readonly (readonly [string, NonNullable<Hint['what']>])[] = [
  ['address', 'addr'],
  ['link', 'link'],
  ['route', 'route'],
  ['neighbour', 'neigh'],
  ['neighbor', 'neigh'],
  ['rule', 'rule'],
];

export function hintOf({ words, pipes }: Ran): Hint {
  const program = words[0]?.slice(words[0].lastIndexOf('/') + 1) ?? '';
  const part = pipes.some((pipe) => !WHOLE.has(pipe));
  if (OTHERS.has(program)) return { ...NO_HINT, what: 'other' };
  if (program === 'kubectl' || program === 'k' || program === 'oc') {
    const i = words.findIndex((word) => word === '-n' || word === '--namespace');
    const joined = words.map((word) => /^(?:--namespace=|-n=?)(\S+)$/.exec(word)?.[1]).find((v) => v !== undefined);
    const fields = words.find((word) => /jsonpath|custom-columns|go-template/.test(word) || /^\{.*\}$/s.test(word)) ?? null;
    return { ...NO_HINT, part, namespace: (i >= 0 ? words[i + 1] : joined) ?? null, fields };
  }
  const [file, ...further] = words.slice(1).filter((word) => !word.startsWith('-'));
  if (program === 'cat' && file?.startsWith('/proc/sys/net/') === true && further.length === 0)
    return { ...NO_HINT, part, setting: file };
  if (program === 'cat' && CONFIGURATION.test(file ?? '')) return { ...NO_HINT, what: 'other' };
  if (program === 'bridge') return { ...NO_HINT, part, dev: deviceIn(words) };
  if (program !== 'ip') return { ...NO_HINT, part };
  let family: 4 | 6 | null = null;
  let i = 1;
  for (; i < words.length && words[i].startsWith('-'); i++) {
    if (words[i] === '-4') family = 4;
    if (words[i] === '-6') family = 6;
    if (/^-(?:f|family)$/.test(words[i])) family = words[++i] === 'inet6' ? 6 : 4;
  }
  const object = words[i] ?? '';
  const what = object === '' ? null : (OBJECTS.find(([name]) => name.startsWith(object))?.[1] ?? null);
  const rest = words.slice(i + 1);
  const dev = deviceIn(rest);
  if (what !== 'route') return { ...NO_HINT, what, family, part, dev };
  if (/^g(?:et?)?$/.test(rest[0] ?? '')) return { ...NO_HINT, what: 'route get', family };
  // Adding and deleting print nothing but errors.
  if (/^(?:add|del|delete|replace|change|append|flush|a|d|r)$/.test(rest[0] ?? '')) return { ...NO_HINT, what: 'other', family };
  const show = /^(?:s|sh|sho|show|l|ls|lst|list)$/.test(rest[0] ?? '') ? rest.slice(1) : rest;
  let table: string | null = null;
  let selected = part;
  for (let k = 0; k < show.length; k++) {
    if (show[k] === 'table' || show[k] === 'tab' || show[k] === 'vrf') {
      const value = show[++k] ?? 'main';
      table = show[k - 1] === 'vrf' ? `vrf ${value}` : value;
    } else selected = true;
  }
  if (table === 'main' || table === '254') table = null;
  return {
    what: 'route',
    family: family ?? (table === 'all' ? null : 4),
    table: table === 'all' ? null : table,
    part: selected,
    namespace: null,
    dev,
    setting: null,
    fields: null,
  };
}

/** The word behind `dev`. */
function deviceIn(words: readonly string[]): string | null {
  const at = words.indexOf('dev');
  return (at < 0 ? undefined : words[at + 1]) ?? null;
}
