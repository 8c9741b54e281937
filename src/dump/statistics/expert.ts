// `-z expert[,SEVERITY][,FILTER]`: what is remarkable in the packets, by tshark's words, as far as hopscope says the same. Copies of a
// segment on other interfaces are no retransmissions here.
import { FLAG } from '../../../dissectors/tcp.js';
import { u16 } from '../../bytes/read.js';
import { safeText } from '../../bytes/text.js';
import { type FieldValue, fieldCount } from '../../dissect/fields.js';
import { definitionsOf } from '../../dissect/lookup.js';
import type { Registry } from '../../dissect/registry.js';
import { spell } from '../../dissect/spell.js';
import { emitLayer, FieldCollector } from '../../dissect/tree.js';
import { type Layers, STOP } from '../../dissect/walk.js';
import { REMARKS, SEVERITIES, type Severity } from '../remarks.js';
import { type Ends, EndsReader } from './ends.js';
import { type MakeStatistic, ownLayers } from './statistic.js';

/** Different messages kept. */
const MAX_MESSAGES = 10_000;

const TITLES: Readonly<Record<Severity, string>> = { error: 'Errors', warn: 'Warns', note: 'Notes', chat: 'Chats' };

interface Remark {
  readonly severity: Severity;
  readonly group: string;
  readonly protocol: string;
  readonly text: string;
}

/** What is remarkable in a frame; to be asked of each frame once and in order, since who closes a connection depends on those before. */
export function remarksIn(registry: Registry): (layers: Layers, say: Say) => void {
  const wanted = [...REMARKS.map(([name]) => name), ...HTTP, 'arp.duplicate-address-frame', 'arp.src.proto_ipv4'];
  const collector = new FieldCollector(
    wanted.map((name) => definitionsOf(registry, name)),
    fieldCount(),
  );
  const interested = new Set(['tcp', 'dns', 'http', 'arp', 'ip'].map((name) => registry.idOf(name)));
  const tcp = registry.idOf('tcp');
  const ip = registry.idOf('ip');
  const value = (name: string, layers: Layers): string | null => {
    const k = wanted.indexOf(name);
    const list: readonly FieldValue[] = collector.values[k];
    return list.length === 0
      ? null
      : spell(collector.defs[k][0], layers.bytes, collector.ats[k][0], collector.lengths[k][0], list[0]);
  };
  const look = (layers: Layers, i: number, say: Say): void => {
    if (layers.proto[i] === ip) {
      lifetime(layers.bytes, layers.start[i], say);
      return;
    }
    if (layers.proto[i] === tcp) segment(layers.bytes, layers.start[i], say);
    collector.reset();
    emitLayer(layers, i, collector);
    for (const [name, severity, protocol, group, text] of REMARKS) {
      const told = value(name, layers);
      if (told !== null) say(severity, group, protocol, text(told));
    }
    if (value('arp.duplicate-address-frame', layers) !== null)
      say('warn', 'Sequence', 'ARP/RARP', `Duplicate IP address configured (${value('arp.src.proto_ipv4', layers)})`);
    const line = httpLine((name) => value(name, layers));
    if (line !== null) say('chat', 'Sequence', 'HTTP', `${line}\\r\\n`);
  };
  const reader = new EndsReader(registry, 'tcp');
  const closers = new Closers();
  const closing = (layers: Layers, say: Say): void => {
    for (const ends of reader.of(layers)) {
      if ((layers.bytes[layers.start[ends.layer] + 13] & FLAG.fin) === 0) continue;
      say('note', 'Sequence', 'TCP', `This frame ${closers.begins(ends) ? 'initiates' : 'undergoes'} the connection closing`);
    }
  };
  return (layers, say) => {
    const count = ownLayers(layers);
    for (let i = 0; i < count; i++) if (interested.has(layers.proto[i])) look(layers, i, say);
    closing(layers, say);
    if (layers.stop === STOP.malformed) {
      const d = registry.protocols[layers.proto[Math.max(0, layers.count - (layers.partial ? 0 : 1))]];
      say('error', 'Malformed', d.short ?? (d.as ?? d.name).toUpperCase(), 'Malformed Packet (Exception occurred)');
    }
  };
}

export const expert: MakeStatistic = (rest, { registry, filter }) => {
  // A severity may stand in front of the filter: that one and worse.
  const [first, ...more] = rest.split(',');
  const least = (SEVERITIES as readonly string[]).indexOf(first);
  const chosen = filter(least < 0 ? rest : more.join(','));
  const remarks = remarksIn(registry);
  const found = new Map<string, { readonly remark: Remark; count: number }>();
  const say: Say = (severity, group, protocol, text) => {
    const key = `${severity} ${protocol} ${text}`;
    const known = found.get(key);
    if (known !== undefined) known.count++;
    else if (found.size < MAX_MESSAGES) found.set(key, { remark: { severity, group, protocol, text }, count: 1 });
  };
  return () => ({
    see(layers) {
      if (chosen.matches(layers)) remarks(layers, say);
    },
    text: () =>
      SEVERITIES.filter((_, rank) => least < 0 || rank <= least)
        .map((severity) =>
          table(
            severity,
            [...found.values()].filter(({ remark }) => remark.severity === severity),
          ),
        )
        .join(''),
  });
};

function table(severity: Severity, rows: readonly { readonly remark: Remark; readonly count: number }[]): string {
  if (rows.length === 0) return '';
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  let text = `\n${TITLES[severity]} (${total})\n=============\n   Frequency      Group           Protocol  Summary\n`;
  for (const { remark, count } of rows)
    text += `${String(count).padStart(12)} ${remark.group.padStart(10)} ${remark.protocol.padStart(18)}  ${safeText(remark.text)}\n`;
  return text;
}

/** Connections whose closing is remembered. */
const MAX_CLOSERS = 1 << 16;

/** Which side closed a connection first. */
class Closers {
  private readonly first = new Map<string, string>();

  /** Is this, of a segment with a FIN, the side that began? */
  begins(ends: Ends): boolean {
    const key = `${ends.stream}`;
    const side = `${ends.source} ${ends.sourcePort}`;
    const known = this.first.get(key);
    if (known === undefined && this.first.size < MAX_CLOSERS) this.first.set(key, side);
    return known === undefined || known === side;
  }
}

export type Say = (severity: Severity, group: string, protocol: string, text: string) => void;

/** Hops that are left below which a packet is remarkable, unless it goes to a group or is PIM. */
const FEW_HOPS = 5;
const PIM = 103;

function lifetime(bytes: Uint8Array, at: number, say: Say): void {
  const ttl = bytes[at + 8];
  const isGroup = bytes[at + 16] >> 4 === 0xe;
  if (ttl < FEW_HOPS && !isGroup && bytes[at + 9] !== PIM) say('note', 'Sequence', 'IPv4', `"Time To Live" only ${ttl}`);
}

/** What the flags of a segment say. */
function segment(bytes: Uint8Array, at: number, say: Say): void {
  const flags = bytes[at + 13];
  const isAck = (flags & FLAG.ack) !== 0;
  if ((flags & FLAG.syn) !== 0)
    say(
      'chat',
      'Sequence',
      'TCP',
      `Connection establish ${isAck ? 'acknowledge (SYN+ACK)' : 'request (SYN)'}: server port ${u16(bytes, isAck ? at : at + 2)}`,
    );
  if ((flags & FLAG.fin) !== 0) say('chat', 'Sequence', 'TCP', 'Connection finish (FIN)');
  if ((flags & FLAG.reset) !== 0) say('warn', 'Sequence', 'TCP', 'Connection reset (RST)');
}

const HTTP = [
  'http.request.method',
  'http.request.uri',
  'http.request.version',
  'http.response.version',
  'http.response.code',
  'http.response.phrase',
] as const;

/** The first line of a request or response. */
function httpLine(value: (name: string) => string | null): string | null {
  const [method, uri, version, answered, code, phrase] = HTTP.map(value);
  if (method !== null) return [method, uri, version].filter((part) => part !== null).join(' ');
  if (answered === null) return null;
  return [answered, code, phrase].filter((part) => part !== null && part !== '').join(' ');
}
