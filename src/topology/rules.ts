// Lines of `ip rule`, `ip neigh` and `bridge fdb` as a topology file holds them.
import { parseMac } from '../bytes/parse.js';
import { Ip, Prefix } from './ip.js';
import type { FdbEntry, FixedNeighbour, PolicyRule, TunnelEntry } from './types.js';

/** A line as `ip rule` prints it; what is not understood of it makes its action `unknown`, so that nothing is concluded. */
export function policyRule(line: string): PolicyRule {
  const six = line.startsWith('inet6 ');
  const text = six ? line.slice(6) : line;
  const words = text.trim().split(/\s+/);
  const priority = Number(words[0]?.replace(/:$/, ''));
  let not = false;
  let from: Prefix | null = null;
  let to: Prefix | null = null;
  let iif: string | null = null;
  let oif: string | null = null;
  let mark: PolicyRule['mark'] = null;
  let table: string | null = null;
  let action: PolicyRule['action'] = 'unknown';
  let suppress: number | null = null;
  let strange = !(priority >= 0);
  const network = (word: string | undefined): Prefix | null => {
    if (word === undefined || word === 'all' || word === 'any') return null;
    const prefix = Prefix.parse(word);
    if (prefix === null) strange = true;
    return prefix;
  };
  for (let i = 1; i < words.length; i++)
    switch (words[i]) {
      case 'not':
        not = true;
        break;
      case 'from':
        from = network(words[++i]);
        break;
      case 'to':
        to = network(words[++i]);
        break;
      case 'iif':
      case 'dev':
        iif = words[++i] ?? null;
        break;
      case 'oif':
        oif = words[++i] ?? null;
        break;
      case 'fwmark': {
        const [value, mask] = (words[++i] ?? '').split('/').map(Number);
        if (!(value >= 0)) strange = true;
        mark = { value: value >>> 0, mask: (mask ?? 0xffffffff) >>> 0 };
        break;
      }
      case 'lookup':
      case 'table':
        table = words[++i] ?? null;
        action = table === '[l3mdev-table]' ? 'l3mdev' : 'lookup';
        break;
      case 'suppress_prefixlength':
        suppress = Number(words[++i]);
        break;
      case 'proto':
      case 'protocol':
        i++;
        break;
      case 'prohibit':
      case 'blackhole':
      case 'unreachable':
        action = words[i] as PolicyRule['action'];
        break;
      case 'nop':
        // The rules go on, as after the table `default`, which is empty.
        table = 'default';
        action = 'lookup';
        break;
      case '[detached]':
        break;
      default:
        // ipproto, sport, tos, uidrange, goto ...: it decides by what is not looked at here.
        strange = true;
    }
  const family = six || from?.address.family === 6 || to?.address.family === 6 ? 6 : 4;
  return {
    family,
    priority,
    text,
    not,
    from,
    to,
    iif,
    oif,
    mark,
    table: tableName(table),
    action: strange ? 'unknown' : action,
    suppress,
  };
}

/** Numbers of the tables that have names (rt_tables). */
export function tableName(table: string | null): string | null {
  return table === '254' ? 'main' : table === '255' ? 'local' : table === '253' ? 'default' : table;
}

/** `10.0.0.9 dev eth0 lladdr 02:00:00:00:00:09 PERMANENT`; none for a line that is not one. */
export function fixedNeighbour(line: string): FixedNeighbour[] {
  const match = /^(\S+)(?: dev (\S+))? lladdr (\S+)/.exec(line.trim());
  const ip = Ip.parse(match?.[1] ?? '');
  const mac = parseMac(match?.[3] ?? '');
  return match === null || ip === null || mac === null ? [] : [{ ip, dev: match[2] ?? null, mac }];
}

/** `02:00:00:00:00:09 dev flannel.1 dst 10.0.0.9 self permanent`; none for a line that is not one. */
export function fdbEntry(line: string): FdbEntry[] {
  const match = /^(\S+) dev (\S+)(.*)$/.exec(line.trim());
  const mac = parseMac(match?.[1] ?? '');
  if (match === null || mac === null) return [];
  const word = (key: string) => new RegExp(` ${key} (\\S+)`).exec(match[3])?.[1];
  const vlan = Number(word('vlan') ?? Number.NaN);
  return [{ mac, dev: match[2], dst: Ip.parse(word('dst') ?? ''), vlan: Number.isNaN(vlan) ? null : vlan }];
}

/** `10.60.2.0/24 dst 172.30.0.12`; none for a line that is not one. */
export function tunnelEntry(line: string): TunnelEntry[] {
  const match = /^(\S+\/\d+) dst (\S+)$/.exec(line.trim());
  const [prefix, dst] = [Prefix.parse(match?.[1] ?? ''), Ip.parse(match?.[2] ?? '')];
  return prefix === null || dst === null ? [] : [{ prefix, dst }];
}
