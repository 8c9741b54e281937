// RIP version 1 (RFC 1058) and 2 (RFC 2453 section 4), and RIPng (RFC 2080 section 2): a command, then one entry a route.
import { u16 } from '../src/bytes/read.js';
import { zeroTerminated } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bytes, fieldsOf, ipv4, ipv6, type Layout, layout, rsv, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';
import type { Layers } from '../src/dissect/walk.js';

const COMMANDS = { 1: 'Request', 2: 'Response' } as const;

const header = layout('rip', [uint('command', 8, 'Command', { values: COMMANDS }), uint('version', 8, 'Version')]);
const oldEntry = layout('rip', [
  uint('family', 16, 'Address family'),
  rsv(16),
  ipv4('ip', 'Address'),
  rsv(64),
  uint('metric', 32, 'Metric', { type: 'uint16' }),
]);
const entry = layout('rip', [
  uint('family', 16, 'Address family'),
  uint('route_tag', 16, 'Route tag'),
  ipv4('ip', 'Address'),
  ipv4('netmask', 'Netmask'),
  ipv4('next_hop', 'Next hop'),
  uint('metric', 32, 'Metric', { type: 'uint16' }),
]);
/** A request for the whole table (section 3.9.1): its family is 0, and it has no address. */
const wholeTable = entry.items.filter((item) => item !== entry.place.ip);
const oldWholeTable = [oldEntry.place.family, oldEntry.place.metric];
const authentication = layout('rip', [rsv(16), uint('auth.type', 16, 'Authentication type')]);
const password = field('rip.auth.passwd', 'Password', 'string');
/** What stands for the address family of authentication (RFC 2453 section 4.1), and its types. */
const AUTHENTICATION = 0xffff;
const PASSWORD = 2;
const FAMILY_IPV4 = 2;

const ENTRY = 20;
/** Entries of a message at most: 25 by the RFC, more in jumbo frames. */
const MAX_ENTRIES = 512;

const headerNg = layout('ripng', [
  uint('cmd', 8, 'Command', { values: COMMANDS }),
  uint('version', 8, 'Version'),
  bytes('reserved', 2, 'Reserved'),
]);
const entryNg = layout('ripng', [
  ipv6('rte.ipv6_prefix', 'Prefix'),
  uint('rte.route_tag', 16, 'Route tag', 'hex'),
  uint('rte.prefix_length', 8, 'Prefix length'),
  uint('rte.metric', 8, 'Metric'),
]);

/** Calls `visit` with the offset of each entry. */
function eachEntry({ start, end }: Layers, i: number, visit: (at: number) => void): void {
  for (let at = start[i] + 4, n = 0; at + ENTRY <= end[i] && n < MAX_ENTRIES; at += ENTRY, n++) visit(at);
}

const info =
  (of: Layout): Parameters<typeof dissector>[0]['info'] =>
  (line, { bytes: b, start, end }, i) => {
    line.text(COMMANDS[b[start[i]] as keyof typeof COMMANDS] ?? `Command ${b[start[i]]}`);
    line.text(', entries ');
    line.dec(Math.trunc((end[i] - start[i] - of.size) / ENTRY));
  };

export const rip = dissector({
  name: 'rip',
  title: 'Routing Information Protocol',
  spec: 'RFC 2453',
  layout: header,
  minLength: 4,
  fields: [...fieldsOf(oldEntry, entry, authentication), password],
  claims: { 'udp.port': [520] },
  payload: { none: true },
  info: info(header),
  details(out, layers, i) {
    const b = layers.bytes;
    const isOld = b[layers.start[i] + 1] < 2;
    eachEntry(layers, i, (at) => {
      const family = u16(b, at);
      if (family === AUTHENTICATION) {
        emitItems(b, at, at + ENTRY, authentication.items, out);
        if (u16(b, at + 2) === PASSWORD) out.add(password, at + 4, 16, zeroTerminated(b, at + 4, at + ENTRY));
      } else if (family === 0) emitItems(b, at, at + ENTRY, isOld ? oldWholeTable : wholeTable, out);
      else if (family === FAMILY_IPV4) emitItems(b, at, at + ENTRY, (isOld ? oldEntry : entry).items, out);
    });
  },
});

export const ripng = dissector({
  name: 'ripng',
  title: 'RIPng',
  spec: 'RFC 2080',
  layout: headerNg,
  fields: fieldsOf(entryNg),
  claims: { 'udp.port': [521] },
  payload: { none: true },
  info: info(headerNg),
  details(out, layers, i) {
    eachEntry(layers, i, (at) => {
      emitItems(layers.bytes, at, at + ENTRY, entryNg.items, out);
    });
  },
});
