// Conversations as text, CSV and JSON.

import { utc } from '../bytes/show.js';
import { displayWidth, plainWidth, safeJson, safeText } from '../bytes/text.js';
import { duration, size } from '../bytes/units.js';
import type { Words } from '../bytes/words.js';
import type { Flow, FlowList, FlowWay } from '../flows/flow.js';

export const SORTS: Readonly<Record<string, (a: Flow, b: Flow) => number>> = {
  start: (a, b) => a.startNs - b.startNs || a.id - b.id,
  bytes: (a, b) => b.forth.bytes + b.back.bytes - (a.forth.bytes + a.back.bytes) || a.id - b.id,
  packets: (a, b) => b.forth.packets + b.back.packets - (a.forth.packets + a.back.packets) || a.id - b.id,
  duration: (a, b) => b.durationNs - a.durationNs || a.id - b.id,
  state: (a, b) => (a.state < b.state ? -1 : a.state > b.state ? 1 : a.id - b.id),
};

const withPort = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** ICMP has no ports: what stands in their place (an identifier, a type) goes with the protocol. */
const hasPorts = ({ proto, srcPort }: Flow): boolean => srcPort !== null && !proto.startsWith('icmp');
/** Where an address stands for a word of a printed text, the word. */
const source = (f: Flow, words?: Words): string => {
  const host = words?.of(f.src) ?? f.src;
  return hasPorts(f) ? withPort(host, f.srcPort!) : host;
};
const destination = (f: Flow, words?: Words): string => {
  const host = words?.of(f.dst) ?? f.dst;
  return hasPorts(f) && f.dstPort !== null ? withPort(host, f.dstPort) : host;
};
const protocol = (f: Flow): string => (f.srcPort === null || hasPorts(f) ? f.proto : `${f.proto} ${f.srcPort}`);

/** One line a conversation, and one for each direction that was seen. */
export function flowsText({ flows, words }: FlowList): string {
  if (flows.length === 0) return 'no conversations\n';
  const rows = flows.map((f) => [
    `#${f.id}`,
    protocol(f),
    source(f, words),
    `\u2192 ${destination(f, words)}`,
    f.history === '' ? f.state : `${f.state} ${f.history}`,
    `${f.forth.packets}/${f.back.packets} packets`,
    `${size(f.forth.bytes)}/${size(f.back.bytes)}`,
    `at ${(f.startNs / 1e9).toFixed(6)} for ${duration(f.durationNs)}`,
  ]);
  const widths = rows[0].map((_, column) => rows.reduce((most, row) => Math.max(most, displayWidth(row[column])), 0));
  const byId = new Map(flows.map((flow) => [flow.id, flow]));
  let text = '';
  flows.forEach((flow, i) => {
    text += `${rows[i].map((cell, column) => cell + ' '.repeat(widths[column] - displayWidth(cell))).join('  ')}`.trimEnd();
    text += `\n${namesText(flow, words)}${wayText('\u2192', flow.forth)}${wayText('\u2190', flow.back)}`;
    const { translated, translatedFrom } = flow;
    if (translatedFrom !== null) text += `      translated from #${translatedFrom}${endsText(byId.get(translatedFrom), words)}\n`;
    if (translated !== null && translated !== translatedFrom)
      text += `      translated to #${translated}${endsText(byId.get(translated), words)}\n`;
    for (const { says, file, line, count } of flow.quotes ?? [])
      text += `      | ${plainWidth(`${says}${count > 1 ? ` \u00d7${count}` : ''} (${file}:${line})`)}\n`;
  });
  return text;
}

/** Of the conversation that another one is translated to, or from. */
const endsText = (flow: Flow | undefined, words: Words | undefined): string =>
  flow === undefined ? '' : ` (${source(flow, words)} \u2192 ${destination(flow, words)})`;

function namesText({ src, srcName, dst, dstName }: Flow, words: Words | undefined): string {
  // A word stands in the line itself.
  const isNamed = (address: string, name: string | null): boolean => name !== null && name !== words?.of(address);
  if (!isNamed(src, srcName) && !isNamed(dst, dstName)) return '';
  return `      ${plainWidth(`${srcName ?? src} \u2192 ${dstName ?? dst}`)}\n`;
}

function wayText(arrow: string, way: FlowWay): string {
  if (way.packets === 0) return '';
  const notes = [
    way.path,
    way.otherPaths > 0 ? `and ${way.otherPaths} other path${way.otherPaths === 1 ? '' : 's'}` : null,
    way.tunnels.length > 0 ? `[${way.tunnels.join(', ')}]` : null,
    way.identities.length > 0 ? `identity ${way.identities.join(', ')}` : null,
    way.retransmissions > 0 ? `${way.retransmissions} sent again` : null,
  ].filter((note) => note !== null);
  return notes.length === 0 ? '' : `      ${arrow} ${plainWidth(notes.join(' '))}\n`;
}

const WAY_COLUMNS = ['packets', 'frames', 'bytes', 'retransmissions', 'path', 'otherPaths', 'tunnels'] as const;

/** RFC 4180. What a spreadsheet would take for a formula gets an apostrophe in front. */
export function flowsCsv({ flows, baseSeconds }: FlowList): string {
  const header = [
    ...['id', 'start', 'duration', 'proto', 'src', 'srcPort', 'dst', 'dstPort', 'state', 'history'],
    ...WAY_COLUMNS.map((name) => `${name}Forth`),
    ...WAY_COLUMNS.map((name) => `${name}Back`),
    'translated',
    'srcName',
    'dstName',
    'translatedFrom',
  ];
  const wayCells = (way: FlowWay) => WAY_COLUMNS.map((name) => (name === 'tunnels' ? way.tunnels.join('; ') : way[name]));
  const lines = flows.map((f) => [
    ...[f.id, startText(f, baseSeconds), f.durationNs / 1e9, f.proto, f.src, f.srcPort, f.dst, f.dstPort, f.state, f.history],
    ...wayCells(f.forth),
    ...wayCells(f.back),
    f.translated,
    f.srcName,
    f.dstName,
    f.translatedFrom,
  ]);
  return [header, ...lines].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = safeText(value);
  const guarded = /^[=+\-@|%]/.test(text) ? `'${text}` : text;
  return /[",]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

function startText(flow: Flow, baseSeconds: number): string {
  const seconds = Math.floor(flow.startNs / 1e9);
  return utc(baseSeconds + seconds, Math.round(flow.startNs - seconds * 1e9));
}

export function flowsJson({ flows, forgotten, baseSeconds }: FlowList): string {
  const records = flows.map((flow) => {
    const { id, startNs: _, durationNs, ...rest } = flow;
    return { id, start: startText(flow, baseSeconds), duration: durationNs / 1e9, ...rest };
  });
  return `${safeJson(JSON.stringify({ schema: 'hopscope.flows/1', forgotten, flows: records }, null, 2))}\n`;
}
