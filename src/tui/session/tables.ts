// The tables that the tracker's state makes, a page at a time. Only the rows of a page are spelled out; an order reads its keys from
// the columns of numbers.

import { macNumber } from '../../bytes/show.js';
import { plainWidth } from '../../bytes/text.js';
import { duration, size } from '../../bytes/units.js';
import { LINKTYPE } from '../../capture/linktypes.js';
import type { Registry } from '../../dissect/registry.js';
import { type Flow, flowOf } from '../../flows/flow.js';
import type { Neighbour } from '../../flows/neighbours.js';
import { PROTO } from '../../flows/packet.js';
import { PathTexts } from '../../flows/path-text.js';
import type { Tracker } from '../../flows/tracker.js';
import type { Edge } from '../../flows/tunnels.js';
import type { Lab } from '../../main/lab.js';
import type { Severity } from '../../rules/finding.js';
import { Ip } from '../../topology/ip.js';
import type { TableColumn, TableRow } from '../session.js';
import type { Hierarchy } from './hierarchy.js';
import type { Stations } from './stations.js';
import type { FoundFinding, TableAsk, TablePage } from './wire.js';

type Key = number | string;

/** A row that is not spelled out yet. */
interface Entry {
  /** In a tree: below the entry before it that has less. */
  readonly depth?: number;
  readonly key: (column: number) => Key;
  readonly row: () => TableRow;
}

interface Content {
  readonly columns: readonly TableColumn[];
  readonly tabs: readonly Tab[];
}

/** `entries` are made when the tab is looked at. */
interface Tab {
  readonly title: string;
  readonly count: number;
  readonly entries: () => readonly Entry[];
}

function tab<T>(title: string, list: readonly T[], entry: (of: T) => Entry): Tab {
  let made: readonly Entry[] | null = null;
  return { title, count: list.length, entries: () => (made ??= list.map(entry)) };
}

const left = (title: string, weight: number): TableColumn => ({ title, align: 'left', weight });
const right = (title: string, weight: number): TableColumn => ({ title, align: 'right', weight });

const SEVERITY: Readonly<Record<Severity, number>> = { error: 3, warning: 2, info: 1 };
/** A table is made anew after so many times its own cost while the load goes on, and not before this time. */
const SHARE = 10;
const LEAST_MS = 1000;

export class Tables {
  private readonly paths: PathTexts;
  private made = new Map<
    string,
    { readonly content: Content; readonly atMs: number; readonly costMs: number; readonly frames: number }
  >();
  private order: { readonly key: string; readonly content: Content; readonly places: readonly Entry[] } | null = null;

  constructor(
    private readonly tracker: Tracker,
    private readonly lab: Lab,
    private readonly registry: Registry,
    private readonly hierarchy: Hierarchy,
    private readonly stations: Stations,
    /** Time of the first packet, which all times are told from. */
    private readonly zeroNs: () => number,
  ) {
    const several = new Set(lab.captures.map((c) => c.point)).size > 1;
    const numbered = (capture: number) => lab.captures[capture].source.info.interfaces[0]?.linkType === LINKTYPE.LINUX_SLL2;
    this.paths = new PathTexts(tracker.ports, tracker.tunnels, numbered, several);
  }

  page(ask: TableAsk, frames: number, found: readonly FoundFinding[], isPartial: boolean): TablePage {
    const content = this.content(ask, frames, found, isPartial);
    const entries = this.ordered(ask, content, content.tabs[Math.min(ask.tab, content.tabs.length - 1)]?.entries() ?? []);
    return {
      columns: content.columns,
      count: entries.length,
      tabs: content.tabs.map(({ title, count }) => ({ title, count })),
      from: ask.from,
      rows: entries.slice(ask.from, ask.from + ask.n).map(({ row }) => row()),
      isPartial,
    };
  }

  private content(ask: TableAsk, frames: number, found: readonly FoundFinding[], isPartial: boolean): Content {
    const key = `${ask.name} ${ask.only === null ? '' : `${ask.only.length} ${ask.onlyKey}`}`;
    const known = this.made.get(key);
    const now = performance.now();
    if (
      known !== undefined &&
      (known.frames === frames || (isPartial && now - known.atMs < Math.max(LEAST_MS, SHARE * known.costMs)))
    )
      return known.content;
    const only = ask.only === null ? null : new Set(ask.only);
    const content = this.make(ask, only, found);
    // A limit that has changed makes another table; the last few are enough.
    if (this.made.size > 16) this.made.clear();
    this.made.set(key, { content, atMs: now, costMs: performance.now() - now, frames });
    return content;
  }

  private ordered(ask: TableAsk, content: Content, entries: readonly Entry[]): readonly Entry[] {
    const { sortBy, descending } = ask;
    if (sortBy === null) return entries;
    const key = `${ask.name} ${ask.tab} ${sortBy} ${descending}`;
    if (this.order?.key === key && this.order.content === content) return this.order.places;
    const places = sorted(entries, sortBy, descending ? -1 : 1);
    this.order = { key, content, places };
    return places;
  }

  private make(ask: TableAsk, only: ReadonlySet<number> | null, found: readonly FoundFinding[]): Content {
    switch (ask.name) {
      case 'flows':
        return this.flows(only, found);
      case 'conversations':
        return this.conversations(only, found);
      case 'neighbours':
        return this.neighbours(found);
      case 'tunnels':
        return this.tunnels(only, found);
      case 'hierarchy':
        return this.protocols();
      default:
        return { columns: [], tabs: [] };
    }
  }

  private *slots(only: ReadonlySet<number> | null): Iterable<number> {
    const t = this.tracker.conversations;
    for (let c = 0; c < t.used; c++) if (t.exists(c) && (only === null || only.has(t.uid[c]))) yield c;
  }

  private ip(c: number, isSource: boolean): Ip {
    const words = isSource ? this.tracker.conversations.src : this.tracker.conversations.dst;
    return new Ip(words[c * 4], words[c * 4 + 1], words[c * 4 + 2], words[c * 4 + 3]);
  }

  private flows(only: ReadonlySet<number> | null, found: readonly FoundFinding[]): Content {
    const { tracker, lab, paths } = this;
    const t = tracker.conversations;
    const severities = severityOf(found);
    const startNs = (c: number) =>
      Math.min(
        t.packets[c * 2] > 0 ? t.firstNs[c * 2] : Number.POSITIVE_INFINITY,
        t.packets[c * 2 + 1] > 0 ? t.firstNs[c * 2 + 1] : Number.POSITIVE_INFINITY,
      );
    const entry = (c: number): Entry => {
      const flow = () => flowOf(tracker, c, paths, lab.topology);
      return {
        key: (column) => {
          switch (column) {
            case 0:
              return t.uid[c];
            case 1:
              return t.proto[c];
            case 2:
              return sortable(this.ip(c, true)) + String(t.srcPort[c]).padStart(5);
            case 3:
              return sortable(this.ip(c, false)) + String(t.dstPort[c]).padStart(5);
            case 4:
              return flow().state;
            case 5:
              return flow().forth.path ?? '';
            case 6:
              return flow().forth.tunnels.join();
            case 7:
              return t.packets[c * 2];
            case 8:
              return t.packets[c * 2 + 1];
            case 9:
              return t.bytes[c * 2];
            case 10:
              return t.bytes[c * 2 + 1];
            case 11:
              return startNs(c);
            case 13:
              return flow().back.path ?? '';
            default:
              return t.lastSeen(c) - startNs(c);
          }
        },
        row: () => {
          const f = flow();
          const hasPorts = f.proto === 'tcp' || f.proto === 'udp';
          const first = t.packets[c * 2] > 0 && (t.packets[c * 2 + 1] === 0 || t.firstNs[c * 2] <= t.firstNs[c * 2 + 1]) ? 0 : 1;
          const cells = [
            `#${f.id}`,
            // An echo has an identifier, and no ports.
            hasPorts ? f.proto : [f.proto, f.srcPort].filter((part) => part !== null).join(' '),
            end(f.src, hasPorts ? f.srcPort : null, f.srcName),
            end(f.dst, hasPorts ? f.dstPort : null, f.dstName),
            f.history === '' ? f.state : `${f.state} ${f.history}`,
            [f.forth.path ?? f.back.path ?? '', f.forth.otherPaths > 0 ? `(+${f.forth.otherPaths})` : ''].join(' ').trim(),
            (f.forth.tunnels.length > 0 ? f.forth.tunnels : f.back.tunnels).join(', '),
            String(f.forth.packets),
            String(f.back.packets),
            size(f.forth.bytes),
            size(f.back.bytes),
            ((f.startNs - this.zeroNs()) / 1e9).toFixed(6),
            duration(f.durationNs),
            f.back.path ?? '',
          ];
          return {
            cells: cells.map(plainWidth),
            severity: severities.get(f.id) ?? null,
            filter: flowFilter(f),
            packet: t.firstFrame[c * 2 + first],
            depth: 0,
            ends: endsOf(f),
          };
        },
      };
    };
    const all = [...this.slots(only)].sort((a, b) => t.uid[a] - t.uid[b]);
    const kinds: [string, (proto: number) => boolean][] = [
      ['All', () => true],
      ['TCP', (p) => p === PROTO.tcp],
      ['UDP', (p) => p === PROTO.udp],
      ['ICMP', (p) => p === PROTO.icmp || p === PROTO.icmpv6],
      ['Other', (p) => p !== PROTO.tcp && p !== PROTO.udp && p !== PROTO.icmp && p !== PROTO.icmpv6],
    ];
    return {
      columns: [
        right('#', 5),
        left('Proto', 8),
        left('Source', 9),
        left('Destination', 9),
        left('State', 8),
        left('Path', 7),
        left('Tunnel', 4),
        right('Pkts \u2192', 6),
        right('\u2190 Pkts', 6),
        right('Bytes \u2192', 3),
        right('\u2190 Bytes', 3),
        right('Start', 2),
        right('Duration', 1),
        left('Return path', 2),
      ],
      tabs: kinds.map(([title, is]) =>
        tab(
          title,
          all.filter((c) => is(t.proto[c])),
          entry,
        ),
      ),
    };
  }

  /** Pairs of ends with what went each way, as other tools count them: every packet once. */
  private conversations(only: ReadonlySet<number> | null, found: readonly FoundFinding[]): Content {
    const t = this.tracker.conversations;
    const severities = severityOf(found);
    interface Pair {
      readonly a: Ip;
      readonly b: Ip;
      readonly ports: readonly [number, number] | null;
      readonly proto: string;
      readonly packets: [number, number];
      readonly bytes: [number, number];
      startNs: number;
      endNs: number;
      first: number;
      severity: Severity | null;
    }
    const tabs = {
      IPv4: new Map<string, Pair>(),
      IPv6: new Map<string, Pair>(),
      TCP: new Map<string, Pair>(),
      UDP: new Map<string, Pair>(),
    };
    const add = (map: Map<string, Pair>, c: number, withPorts: boolean, proto: string) => {
      const src = this.ip(c, true);
      const dst = this.ip(c, false);
      const ports = withPorts ? ([t.srcPort[c], t.dstPort[c]] as const) : null;
      const forth = `${src} ${ports?.[0] ?? ''} ${dst} ${ports?.[1] ?? ''}`;
      const back = `${dst} ${ports?.[1] ?? ''} ${src} ${ports?.[0] ?? ''}`;
      const isBack = map.has(back) && !map.has(forth);
      let pair = map.get(isBack ? back : forth);
      if (pair === undefined) {
        pair = {
          a: src,
          b: dst,
          ports,
          proto,
          packets: [0, 0],
          bytes: [0, 0],
          startNs: Number.POSITIVE_INFINITY,
          endNs: 0,
          first: 0,
          severity: null,
        };
        map.set(forth, pair);
      }
      for (const way of [0, 1]) {
        const i = c * 2 + way;
        if (t.packets[i] === 0) continue;
        const to = isBack ? 1 - way : way;
        pair.packets[to] += t.packets[i];
        pair.bytes[to] += t.bytes[i];
        if (t.firstNs[i] < pair.startNs) {
          pair.startNs = t.firstNs[i];
          pair.first = t.firstFrame[i];
        }
        pair.endNs = Math.max(pair.endNs, t.lastNs[i]);
      }
      pair.severity = worse(pair.severity, severities.get(t.uid[c]) ?? null);
    };
    for (const c of this.slots(only)) {
      add(this.ip(c, true).family === 4 ? tabs.IPv4 : tabs.IPv6, c, false, '');
      if (t.proto[c] === PROTO.tcp) add(tabs.TCP, c, true, 'tcp');
      else if (t.proto[c] === PROTO.udp) add(tabs.UDP, c, true, 'udp');
    }
    const entry = (p: Pair): Entry => {
      const values = [
        sortable(p.a),
        p.ports?.[0] ?? 0,
        sortable(p.b),
        p.ports?.[1] ?? 0,
        p.packets[0] + p.packets[1],
        p.bytes[0] + p.bytes[1],
        p.packets[0],
        p.bytes[0],
        p.packets[1],
        p.bytes[1],
        p.startNs,
        p.endNs - p.startNs,
      ];
      return {
        key: (column) => values[column],
        row: () => {
          const ends = endsOf({
            src: String(p.a),
            dst: String(p.b),
            srcPort: p.ports?.[0] ?? null,
            dstPort: p.ports?.[1] ?? null,
            proto: p.proto,
          });
          return {
            cells: [
              String(p.a),
              p.ports === null ? '' : String(p.ports[0]),
              String(p.b),
              p.ports === null ? '' : String(p.ports[1]),
              String(values[4]),
              size(p.bytes[0] + p.bytes[1]),
              String(p.packets[0]),
              size(p.bytes[0]),
              String(p.packets[1]),
              size(p.bytes[1]),
              ((p.startNs - this.zeroNs()) / 1e9).toFixed(6),
              duration(p.endNs - p.startNs),
            ],
            severity: p.severity,
            filter: `${ends.a} && ${ends.b}`,
            packet: p.first,
            depth: 0,
            ends,
          };
        },
      };
    };
    return {
      columns: [
        left('Address A', 9),
        right('Port A', 8),
        left('Address B', 9),
        right('Port B', 8),
        right('Pkts', 7),
        right('Bytes', 7),
        right('Pkts A\u2192B', 5),
        right('Bytes A\u2192B', 4),
        right('Pkts B\u2192A', 5),
        right('Bytes B\u2192A', 4),
        right('Start', 2),
        right('Duration', 1),
      ],
      tabs: [this.links(only !== null), ...Object.entries(tabs).map(([title, map]) => tab(title, [...map.values()], entry))],
    };
  }

  /** Stations belong to no conversation that they could be limited to. */
  private links(isLimited: boolean): Tab {
    const s = this.stations;
    const all = Array.from({ length: isLimited ? 0 : s.used }, (_, i) => i);
    return tab('Ethernet', all, (i) => {
      const [a, b] = [macNumber(s.a[i]), macNumber(s.b[i])];
      const packets = [s.packets[i * 2], s.packets[i * 2 + 1]];
      const bytes = [s.bytes[i * 2], s.bytes[i * 2 + 1]];
      const values: Key[] = [
        ...[a, 0, b, 0, packets[0] + packets[1], bytes[0] + bytes[1]],
        ...[packets[0], bytes[0], packets[1], bytes[1], s.firstNs[i], s.lastNs[i] - s.firstNs[i]],
      ];
      const ends = { a: `eth.addr == ${a}`, b: `eth.addr == ${b}` };
      return {
        key: (column) => values[column],
        row: () => ({
          cells: [
            ...[a, '', b, '', String(values[4]), size(bytes[0] + bytes[1])],
            ...[String(packets[0]), size(bytes[0]), String(packets[1]), size(bytes[1])],
            ((s.firstNs[i] - this.zeroNs()) / 1e9).toFixed(6),
            duration(s.lastNs[i] - s.firstNs[i]),
          ],
          severity: null,
          filter: `${ends.a} && ${ends.b}`,
          packet: s.first[i],
          depth: 0,
          ends,
        }),
      };
    });
  }

  private neighbours(found: readonly FoundFinding[]): Content {
    const { tracker } = this;
    const bad = new Map<string, Severity>();
    for (const { finding } of found)
      if (finding.verdict === 'fail' && finding.subject.target !== null)
        bad.set(finding.subject.target, worse(bad.get(finding.subject.target) ?? null, finding.severity) as Severity);
    const state = (n: Neighbour): string => {
      if (n.conflicts > 0) return `${n.claims.length} answer`;
      if (n.holder < 0) return n.asked > 0 ? 'no answer' : 'announced by nobody';
      if (n.changeCount > 0) return n.changeCount === 1 ? 'changed' : `changed ${n.changeCount} times`;
      return Number.isNaN(n.openSinceNs) ? 'answers' : 'no longer answers';
    };
    const entry = (n: Neighbour): Entry => {
      const first = n.questions[0] ?? n.firstAnswer;
      const changes = n.changes.map(
        (c) => `${macNumber(c.from)} \u2192 ${macNumber(c.to)} at ${((c.mark.timeNs - this.zeroNs()) / 1e9).toFixed(6)}`,
      );
      const cells = [
        String(n.target),
        n.holder < 0 ? '' : macNumber(n.holder),
        state(n),
        tracker.ports.name(n.port),
        n.kind === 'arp' ? 'ARP' : 'ND',
        n.askers.map(String).join(', '),
        String(n.asked),
        String(n.answers),
        String(n.unanswered + (Number.isNaN(n.openSinceNs) ? 0 : n.openCount)),
        n.claims.map((c) => macNumber(c.mac)).join(', '),
        changes.join('; '),
      ].map(plainWidth);
      const keys: Key[] = cells.map((cell, i) => (i === 0 ? sortable(n.target) : i >= 6 && i <= 8 ? Number(cell) : cell));
      const field =
        n.kind === 'arp'
          ? ['arp.src.proto_ipv4', 'arp.dst.proto_ipv4']
          : ['icmpv6.nd.ns.target_address', 'icmpv6.nd.na.target_address'];
      return {
        key: (column) => keys[column],
        row: () => ({
          cells,
          severity: bad.get(String(n.target)) ?? null,
          filter: field.map((name) => `${name} == ${n.target}`).join(' || '),
          packet: first?.frame ?? 0,
          depth: 0,
          ends: null,
        }),
      };
    };
    const all = [...tracker.neighbours.list];
    return {
      columns: [
        left('Address', 9),
        left('MAC', 9),
        left('State', 8),
        left('Interface', 7),
        left('Kind', 5),
        left('Asked by', 6),
        right('Asked', 4),
        right('Answers', 4),
        right('Unanswered', 5),
        left('Claimed by', 2),
        left('Changes', 3),
      ],
      tabs: [
        tab(
          'ARP',
          all.filter((n) => n.kind === 'arp'),
          entry,
        ),
        tab(
          'ND',
          all.filter((n) => n.kind === 'nd'),
          entry,
        ),
      ],
    };
  }

  private tunnels(only: ReadonlySet<number> | null, found: readonly FoundFinding[]): Content {
    const { tracker, lab } = this;
    const t = tracker.conversations;
    const severities = severityOf(found);
    const inside = new Map<number, Set<number>>();
    for (const c of this.slots(only))
      for (const way of [0, 1])
        for (const use of tracker.journeys.usesOf(c, way))
          for (const { edge } of use.path.hops) {
            if (edge < 0) continue;
            const set = inside.get(edge) ?? new Set();
            inside.set(edge, set.add(c));
          }
    const entry = (e: Edge): Entry => {
      const carried = [...(inside.get(e.id) ?? [])];
      const protos = new Map<string, number>();
      for (const c of carried) {
        const name = NAMES[t.proto[c]] ?? `ip-${t.proto[c]}`;
        protos.set(name, (protos.get(name) ?? 0) + 1);
      }
      const identity = lab.topology?.identityName(e.vni) ?? '';
      const ends = carried.slice(0, 2).map((c) => `${this.ip(c, true)} \u2192 ${this.ip(c, false)}`);
      const runs = [...protos].map(([name, n]) => `${n} ${name}`).join(', ');
      const cells = [
        e.kind,
        String(e.src),
        String(e.dst),
        e.vni < 0 ? '' : String(e.vni),
        identity,
        String(e.frames),
        String(carried.length),
        [runs, ends.length > 0 ? `(${ends.join(', ')}${carried.length > 2 ? ', \u2026' : ''})` : ''].join(' ').trim(),
        e.overhead > 0 ? String(e.overhead) : '',
        e.longest > 0 ? String(e.longest) : '',
        e.fragments > 0 ? String(e.fragments) : '',
      ].map(plainWidth);
      const keys: Key[] = cells.map((cell, i) => ([3, 5, 6, 8, 9, 10].includes(i) ? Number(cell) : cell));
      keys[1] = sortable(e.src);
      keys[2] = sortable(e.dst);
      const net = e.src.family === 6 ? 'ipv6' : 'ip';
      const vni = e.vni < 0 || (e.kind !== 'vxlan' && e.kind !== 'geneve') ? '' : ` && ${e.kind}.vni == ${e.vni}`;
      let severity: Severity | null = null;
      for (const c of carried) severity = worse(severity, severities.get(t.uid[c]) ?? null);
      return {
        key: (column) => keys[column],
        row: () => ({
          cells,
          severity,
          filter: `outer.${net}.src == ${e.src} && outer.${net}.dst == ${e.dst}${vni}`,
          packet: e.firstSeen.frame,
          depth: 0,
          ends: { a: `outer.${net}.addr == ${e.src}`, b: `outer.${net}.addr == ${e.dst}` },
        }),
      };
    };
    const list = tracker.tunnels.list.filter((e) => only === null || inside.has(e.id));
    return {
      columns: [
        left('Kind', 8),
        left('Outer source', 9),
        left('Outer destination', 9),
        right('VNI', 8),
        left('Identity', 6),
        right('Frames', 7),
        right('Conversations', 5),
        left('Inside', 6),
        right('Overhead', 2),
        right('Longest', 3),
        right('Fragments', 3),
      ],
      tabs: [tab('Tunnels', list, entry)],
    };
  }

  private protocols(): Content {
    const { hierarchy, registry } = this;
    const total = { packets: 0, bytes: 0 };
    for (const node of hierarchy.children(0)) {
      total.packets += hierarchy.packets[node];
      total.bytes += hierarchy.bytes[node];
    }
    const entries: Entry[] = [];
    const add = (node: number, depth: number): void => {
      const d = registry.protocols[hierarchy.protocol[node]];
      const packets = hierarchy.packets[node];
      const bytes = hierarchy.bytes[node];
      const name = d.as ?? d.name;
      const last = hierarchy.last[node];
      const share = (100 * packets) / Math.max(1, total.packets);
      const values: Key[] = [d.title, share, packets, bytes, last];
      entries.push({
        depth,
        key: (column) => values[column],
        row: () => ({
          cells: [d.title, `${share.toFixed(1)} %`, String(packets), size(bytes), String(last)],
          severity: null,
          filter: name === 'data' ? '' : name,
          packet: hierarchy.first[node],
          depth,
          ends: null,
        }),
      });
      for (const child of hierarchy.children(node).sort((a, b) => hierarchy.packets[b] - hierarchy.packets[a]))
        add(child, depth + 1);
    };
    for (const node of hierarchy.children(0).sort((a, b) => hierarchy.packets[b] - hierarchy.packets[a])) add(node, 0);
    return {
      columns: [left('Protocol', 9), right('Share', 7), right('Packets', 8), right('Bytes', 6), right('Ends here', 4)],
      tabs: [tab('Protocols', entries, (entry) => entry)],
    };
  }
}

/** In order of a column, what is equal as it was; what is below another entry stays below it. */
function sorted(entries: readonly Entry[], column: number, sign: number, depth = 0): Entry[] {
  const heads = entries.flatMap((entry, i) => ((entry.depth ?? 0) === depth ? [i] : []));
  const keys = entries.map((entry) => entry.key(column));
  const next = new Map(heads.map((at, i) => [at, heads[i + 1] ?? entries.length]));
  return heads
    .sort((a, b) => (keys[a] < keys[b] ? -sign : keys[a] > keys[b] ? sign : a - b))
    .flatMap((at) => {
      const below = entries.slice(at + 1, next.get(at));
      return [entries[at], ...(below.length > 0 ? sorted(below, column, sign, depth + 1) : [])];
    });
}

const NAMES: Readonly<Record<number, string>> = {
  [PROTO.icmp]: 'icmp',
  [PROTO.tcp]: 'tcp',
  [PROTO.udp]: 'udp',
  [PROTO.icmpv6]: 'icmpv6',
};

function severityOf(found: readonly FoundFinding[]): Map<number, Severity> {
  const severities = new Map<number, Severity>();
  for (const { finding, about } of found)
    if (finding.verdict === 'fail')
      for (const uid of about) severities.set(uid, worse(severities.get(uid) ?? null, finding.severity) as Severity);
  return severities;
}

const worse = (a: Severity | null, b: Severity | null): Severity | null =>
  a === null ? b : b === null ? a : SEVERITY[a] >= SEVERITY[b] ? a : b;

/** Text that sorts as the address does. */
const sortable = (ip: Ip): string => [ip.a, ip.b, ip.c, ip.d].map((word) => word.toString(16).padStart(8, '0')).join('');

function end(address: string, port: number | null, name: string | null): string {
  const text = port === null ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return name === null ? text : `${text} (${name})`;
}

type Ends = Pick<Flow, 'src' | 'dst' | 'srcPort' | 'dstPort' | 'proto'>;

function endsOf({ src, dst, srcPort, dstPort, proto }: Ends): { a: string; b: string } {
  const part = (address: string, port: number | null): string => {
    const net = `${address.includes(':') ? 'ipv6' : 'ip'}.addr == ${address}`;
    return port === null || (proto !== 'tcp' && proto !== 'udp') ? net : `${net} && ${proto}.port == ${port}`;
  };
  return { a: part(src, srcPort), b: part(dst, dstPort) };
}

function flowFilter(f: Flow): string {
  const { a, b } = endsOf(f);
  const only = f.proto === 'icmp' || f.proto === 'icmpv6' ? ` && ${f.proto}` : '';
  return `${a} && ${b}${only}`;
}
