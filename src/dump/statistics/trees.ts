// `-z http,tree`, `http_req,tree`, `http_srv,tree`, `dns,tree`, `plen,tree`, `ip_hosts,tree` and `ip_srcdst,tree`, each with a filter behind a comma.
import { classNames } from '../../../dissectors/dns.js';
import { Line } from '../../bytes/line.js';
import { type FieldDef, type FieldValue, fieldCount } from '../../dissect/fields.js';
import { definitionsOf } from '../../dissect/lookup.js';
import type { Registry } from '../../dissect/registry.js';
import type { Sink } from '../../dissect/sink.js';
import { emitLayer, FieldCollector } from '../../dissect/tree.js';
import type { Layers } from '../../dissect/walk.js';
import { addresses, type Column } from '../addresses.js';
import { DNS_OPCODES, DNS_RCODES, DNS_TYPES, HTTP_STATUS } from './names.js';
import { type MakeStatistic, ownLayers } from './statistic.js';
import { StatisticTree } from './tree.js';

/** Counts what a frame has. */
type Count = (layers: Layers, at: () => void) => void;

const table =
  (title: string, start: (tree: StatisticTree, registry: Registry) => Count, least = 0): MakeStatistic =>
  (rest, { registry, filter }) => {
    const chosen = filter(rest);
    return (context) => {
      const tree = new StatisticTree(title, context, least);
      const count = start(tree, registry);
      return {
        see(layers) {
          if (chosen.matches(layers)) count(layers, () => tree.at(layers));
        },
        text: () => tree.text(),
      };
    };
  };

/** The addresses of the innermost IP header: [source, destination]. */
function innermost(registry: Registry): (layers: Layers) => readonly [string, string] | null {
  const columns = addresses(registry);
  const line = new Line(256);
  const spell = (write: Column['source'], layers: Layers, i: number): string => {
    line.clear();
    write(line, layers, i);
    return line.toString();
  };
  return (layers) => {
    for (let i = ownLayers(layers) - 1; i >= 0; i--) {
      const column = columns[layers.proto[i]];
      if (column !== undefined) return [spell(column.source, layers, i), spell(column.destination, layers, i)];
    }
    return null;
  };
}

interface Message {
  method: string | null;
  code: number;
  host: string | null;
  uri: string | null;
}

/** The messages of a layer of HTTP, one after the other as they stand there. */
class Messages implements Sink {
  readonly list: Message[] = [];

  wants(): boolean {
    return true;
  }
  add({ name }: FieldDef, _at: number, _length: number, value: FieldValue): void {
    const last = this.list.at(-1);
    if (name === 'http.request.method') this.list.push({ method: String(value), code: 0, host: null, uri: null });
    else if (name === 'http.response.code') this.list.push({ method: null, code: Number(value), host: null, uri: null });
    else if (last !== undefined && name === 'http.host') last.host = String(value);
    else if (last !== undefined && name === 'http.request.uri') last.uri = String(value);
  }
  open(def: FieldDef, at: number, length: number, value: FieldValue): void {
    this.add(def, at, length, value);
  }
  close(): void {}
  note(): void {}
}

/** Directions of streams whose last byte is known; the one that was told of first is forgotten. */
const MAX_DIRECTIONS = 32_768;

/** Which segments bring something new: one that was sent again does not, nor does a copy at another interface. */
class Fresh {
  private readonly ends = new Map<string, number>();
  private readonly collector: FieldCollector;
  private readonly proto: number;

  constructor(registry: Registry) {
    this.proto = registry.idOf('tcp');
    this.collector = new FieldCollector(
      ['tcp.stream', 'tcp.seq_raw', 'tcp.len', 'tcp.srcport'].map((name) => definitionsOf(registry, name)),
      fieldCount(),
    );
  }

  /** `i`: a layer that TCP carries. */
  has(layers: Layers, i: number): boolean {
    const { ends, collector } = this;
    const segment = layers.findBefore(this.proto, i);
    if (segment < 0) return true;
    collector.reset();
    emitLayer(layers, segment, collector);
    const [stream, from, length, port] = collector.values.map(([value]) => Number(value ?? -1));
    const key = `${stream} ${port}`;
    const end = (from + length) | 0;
    const known = ends.get(key);
    if (known !== undefined && ((end - known) | 0) <= 0) return false;
    if (known === undefined && ends.size >= MAX_DIRECTIONS) ends.delete(ends.keys().next().value!);
    ends.set(key, end);
    return true;
  }
}

/** Calls `visit` with each message of HTTP in a frame that was not sent before. */
function messagesOf(registry: Registry): (layers: Layers, visit: (message: Message) => void) => void {
  const proto = registry.idOf('http');
  const fresh = new Fresh(registry);
  return (layers, visit) => {
    for (let i = 0; i < ownLayers(layers); i++) {
      if (layers.proto[i] !== proto || !fresh.has(layers, i)) continue;
      const messages = new Messages();
      emitLayer(layers, i, messages);
      messages.list.forEach(visit);
    }
  };
}

const FAMILIES: Readonly<Record<number, string>> = {
  1: '1xx: Informational',
  2: '2xx: Success',
  3: '3xx: Redirection',
  4: '4xx: Client Error',
  5: '5xx: Server Error',
};
const BROKEN = '???: broken';

export const httpTree = table('HTTP/Packet Counter', (tree, registry) => {
  const each = messagesOf(registry);
  const total = tree.root('Total HTTP Packets');
  const requests = total.item('HTTP Request Packets');
  const responses = total.item('HTTP Response Packets');
  for (const name of [BROKEN, ...Object.values(FAMILIES)]) responses.item(name);
  total.item('Other HTTP Packets');
  return (layers, at) =>
    each(layers, ({ method, code }) => {
      at();
      total.tick();
      if (method !== null) requests.tick().item(method).tick();
      else
        responses
          .tick()
          .item(FAMILIES[Math.floor(code / 100)] ?? BROKEN)
          .tick()
          .item(`${code} ${HTTP_STATUS[code] ?? `Unknown (${code})`}`)
          .tick();
    });
});

export const httpRequests = table('HTTP/Requests', (tree, registry) => {
  const each = messagesOf(registry);
  const total = tree.root('HTTP Requests by HTTP Host');
  return (layers, at) =>
    each(layers, ({ method, host, uri }) => {
      at();
      if (method === null) return;
      total.tick();
      if (host === null) return;
      const of = total.item(host).tick();
      if (uri !== null) of.item(uri).tick();
    });
});

export const httpServers = table('HTTP/Load Distribution', (tree, registry) => {
  const each = messagesOf(registry);
  const ends = innermost(registry);
  const requests = tree.root('HTTP Requests by Server');
  const byAddress = requests.item('HTTP Requests by Server Address');
  const byHost = requests.item('HTTP Requests by HTTP Host');
  const responses = tree.root('HTTP Responses by Server Address');
  return (layers, at) =>
    each(layers, ({ method, host, code }) => {
      const [source, destination] = ends(layers) ?? ['', ''];
      at();
      if (method === null) {
        const isFine = code >= 100 && code < 400;
        responses
          .tick()
          .item(source)
          .tick()
          .item(isFine ? 'OK' : 'KO')
          .tick();
        return;
      }
      requests.tick();
      const there = byAddress.tick().item(destination).tick();
      byHost.tick();
      if (host === null) return;
      there.item(host).tick();
      byHost.item(host).tick().item(destination).tick();
    });
});

const DNS_FIELDS = [
  'dns.flags.response',
  'dns.flags.rcode',
  'dns.flags.opcode',
  'dns.qry.type',
  'dns.qry.class',
  'dns.qry.name',
  'dns.count.queries',
  'dns.count.auth_rr',
  'dns.count.answers',
  'dns.count.add_rr',
  'dns.time',
  'dns.retransmission',
];
const LEVELS = ['1st Level', '2nd Level', '3rd Level', '4th Level or more'];
/** Over TCP, the length of the message stands before it. */
const TCP_LENGTH = 2;

export const dnsTree = table('DNS', (tree, registry) => {
  const protos = new Set(['dns', 'dns-tcp', 'mdns', 'llmnr'].map((name) => registry.idOf(name)));
  const overTcp = registry.idOf('dns-tcp');
  const collector = new FieldCollector(
    DNS_FIELDS.map((name) => definitionsOf(registry, name)),
    fieldCount(),
  );
  const total = tree.root('Total Packets');
  const [rcodes, opcodes, directions, types, classes] = ['rcode', 'opcodes', 'Query/Response', 'Query Type', 'Class'].map(
    (name) => total.item(name),
  );
  const size = tree.root('Payload size', 'count', 'whole');
  const queries = tree.root('Query Stats', 'made');
  const nameLength = queries.item('Qname Len', 'count', 'whole');
  const labels = queries.item('Label Stats');
  const levels = LEVELS.map((name) => labels.item(name));
  const responses = tree.root('Response Stats');
  const counts = ['questions', 'authorities', 'answers', 'additionals'].map((name) =>
    responses.item(`no. of ${name}`, 'count', 'whole'),
  );
  const service = tree.root('Service Stats');
  const time = service.item('request-response time (msec)', 'count', 'exact');
  const unsolicited = service.item('no. of unsolicited responses');
  const again = service.item('no. of retransmissions');

  return (layers, at) => {
    for (let i = 0; i < ownLayers(layers); i++) {
      if (!protos.has(layers.proto[i])) continue;
      at();
      collector.reset();
      emitLayer(layers, i, collector);
      const first = (n: number) => collector.values[n][0];
      const [isResponse, rcode, opcode, type, kind] = [0, 1, 2, 3, 4].map((n) => Number(first(n) ?? 0));
      total.tick();
      rcodes
        .tick()
        .item(DNS_RCODES[rcode] ?? `Unknown rcode (${rcode})`)
        .tick();
      opcodes
        .tick()
        .item(DNS_OPCODES[opcode] ?? `Unknown opcode (${opcode})`)
        .tick();
      directions
        .tick()
        .item(isResponse === 1 ? 'Response' : 'Query')
        .tick();
      types
        .tick()
        .item(DNS_TYPES[type] ?? `Unknown packet type (${type})`)
        .tick();
      classes
        .tick()
        .item(classNames[kind] ?? `Unknown class (${kind})`)
        .tick();
      size.tick(layers.wireEnd[i] - layers.start[i] - (layers.proto[i] === overTcp ? TCP_LENGTH : 0));
      if (isResponse === 0) {
        const name = String(first(5) ?? '').replace('<Root>', '');
        nameLength.tick(name.length);
        const depth = name.split('.').length;
        levels[Math.min(depth, LEVELS.length) - 1].tick();
        if (first(11) !== undefined) again.tick();
        continue;
      }
      counts.forEach((of, n) => {
        of.tick(Number(first(6 + n) ?? 0));
      });
      const took = first(10);
      if (took === undefined) unsolicited.tick();
      else time.tick(typeof took === 'bigint' ? Number(took) / 1e6 : Number(took) * 1000);
    }
  };
});

/** Where each range of lengths ends. */
const LENGTHS = [19, 39, 79, 159, 319, 639, 1279, 2559, 5119];

export const lengthTree = table('Packet Lengths', (tree) => {
  const total = tree.root('Packet Lengths', 'made', 'range');
  const ranges = LENGTHS.map((to, n) => total.item(`${n === 0 ? 0 : LENGTHS[n - 1] + 1}-${to}`, 'count', 'range'));
  const more = total.item(`${LENGTHS.at(-1)! + 1} and greater`, 'count', 'range');
  return ({ frame }, at) => {
    const length = frame?.wireLength ?? 0;
    at();
    total.tick(length);
    const n = LENGTHS.findIndex((to) => length <= to);
    (ranges[n] ?? more).tick(length);
  };
});

/** Counts each IPv4 header of a frame, with the addresses of its innermost one, as tshark does. */
const ofHeaders = (registry: Registry, count: (source: string, destination: string) => void): Count => {
  const ends = innermost(registry);
  const ip = registry.idOf('ip');
  return (layers, at) => {
    for (let i = 0; i < ownLayers(layers); i++) {
      if (layers.proto[i] !== ip) continue;
      const [source, destination] = ends(layers) ?? ['', ''];
      at();
      count(source, destination);
    }
  };
};

export const addressTree = table('IPv4 Statistics/All Addresses', (tree, registry) => {
  const total = tree.root('All Addresses');
  return ofHeaders(registry, (source, destination) => {
    total.tick();
    total.item(source).tick();
    total.item(destination).tick();
  });
});

export const directionTree = table(
  'IPv4 Statistics/Source and Destination Addresses',
  (tree, registry) => {
    const sources = tree.root('Source IPv4 Addresses');
    const destinations = tree.root('Destination IPv4 Addresses');
    return ofHeaders(registry, (source, destination) => {
      sources.tick().item(source).tick();
      destinations.tick().item(destination).tick();
    });
  },
  31,
);
