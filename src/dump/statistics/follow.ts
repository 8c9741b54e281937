// `-z follow,tcp|udp,ascii|utf-8|hex|raw,STREAM`: what both ends of a stream sent, each byte once and in order.
import { FLAG } from '../../../dissectors/tcp.js';
import { u32 } from '../../bytes/read.js';
import { hex } from '../../bytes/show.js';
import { safeLines } from '../../bytes/text.js';
import { UsageError } from '../../errors.js';
import { StreamOrder } from '../../flows/reassembly.js';
import { type Ends, EndsReader } from './ends.js';
import type { MakeStatistic } from './statistic.js';

const FORMS = ['ascii', 'utf-8', 'hex', 'raw'] as const;
type Form = (typeof FORMS)[number];

/** Bytes of text that are printed of one stream. */
const MAX_TEXT = 64 << 20;

const LINE = '='.repeat(67);

const ROW = 16;
const isPlain = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;
const letters = (bytes: Uint8Array): string => String.fromCharCode(...bytes.map((byte) => (isPlain(byte) ? byte : 0x2e)));

/** Two groups of eight, in digits and in letters. */
function hexRow(bytes: Uint8Array, offset: number): string {
  const half = ROW / 2;
  const digits = [bytes.subarray(0, half), bytes.subarray(half)].map((part) => hex(part, 0, part.length, ' '));
  const text = letters(bytes);
  const shown = text.length > half ? `${text.slice(0, half)} ${text.slice(half)}` : text;
  return `${offset.toString(16).padStart(8, '0')}  ${(digits[1] === '' ? digits[0] : digits.join('  ')).padEnd(48)}  ${shown}`;
}

const isLayout = (byte: number): boolean => byte === 0x09 || byte === 0x0a || byte === 0x0d;

/** Text of the stream: what a terminal would not print is a point. */
const ascii = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => (isPlain(byte) || isLayout(byte) ? String.fromCharCode(byte) : '.')).join('');

/** The ends of the first frame of a stream, and what was sent. */
class Followed {
  readonly nodes = [':0', ':0'];
  private parts: string[] = [];
  private length = 0;
  private isFull = false;
  private readonly offsets = [0, 0];
  private readonly ways: readonly StreamOrder[];
  private first: Ends | null = null;

  constructor(private readonly form: Form) {
    this.ways = [0, 1].map(
      (way) =>
        new StreamOrder({
          data: (bytes) => this.say(way, bytes),
          gap: (missing) => this.say(way, new TextEncoder().encode(`[${missing} bytes missing in capture file]`)),
        }),
    );
  }

  way(ends: Ends): number {
    if (this.first === null) {
      this.first = ends;
      const name = (address: string, port: number): string => `${address}:${port}`;
      this.nodes[0] = name(ends.source, ends.sourcePort);
      this.nodes[1] = name(ends.destination, ends.destinationPort);
    }
    return ends.source === this.first.source && ends.sourcePort === this.first.sourcePort ? 0 : 1;
  }

  segment(way: number, flags: number, seq: number, bytes: Uint8Array, length: number): void {
    const order = this.ways[way];
    if ((flags & FLAG.syn) !== 0) order.begin(seq);
    if (length === 0 || (flags & FLAG.reset) !== 0) return;
    order.add((flags & FLAG.syn) === 0 ? seq : (seq + 1) >>> 0, bytes, length);
  }

  say(way: number, bytes: Uint8Array): void {
    if (this.isFull || bytes.length === 0) return;
    const indent = way === 1 ? '\t' : '';
    let text = '';
    if (this.form === 'raw') text = `${indent}${hex(bytes)}\n`;
    else if (this.form === 'hex')
      for (let at = 0; at < bytes.length; at += ROW)
        text += `${indent}${hexRow(bytes.subarray(at, at + ROW), this.offsets[way] + at)}\n`;
    else
      text = `${indent}${bytes.length}\n${this.form === 'ascii' ? ascii(bytes) : safeLines(new TextDecoder().decode(bytes))}\n`;
    this.offsets[way] += bytes.length;
    this.length += text.length;
    this.parts.push(text);
    if (this.length < MAX_TEXT) return;
    this.isFull = true;
    this.parts.push('[the rest is left out; hopscope follow prints it]\n');
  }

  text(): string {
    for (const way of this.ways) way.finish();
    return this.parts.join('');
  }
}

const USAGE = 'follow,tcp|udp,ascii|utf-8|hex|raw,STREAM';

export const follow =
  (kind: 'tcp' | 'udp'): MakeStatistic =>
  (rest, { registry }) => {
    const [form, stream, ...more] = rest.split(',');
    if (!(FORMS as readonly string[]).includes(form))
      throw new UsageError(`-z follow,${kind},${rest}: it is ${USAGE}; hopscope follow FILE STREAM has other ways`);
    if (!/^\d{1,9}$/.test(stream ?? '') || more.length > 0)
      throw new UsageError(
        `-z follow,${kind},${rest}: give the number of a stream (${USAGE}); hopscope follow FILE 'ip.addr == 10.0.0.1' takes the first conversation that matches a filter`,
      );
    const wanted = Number(stream);
    const followed = new Followed(form as Form);
    const reader = new EndsReader(registry, kind);
    return () => ({
      see(layers) {
        const { bytes, start, body, end, wireEnd } = layers;
        for (const ends of reader.of(layers)) {
          if (ends.stream !== wanted) continue;
          const i = ends.layer;
          const way = followed.way(ends);
          const data = bytes.subarray(body[i], Math.max(body[i], end[i]));
          if (kind === 'udp') followed.say(way, data);
          else followed.segment(way, bytes[start[i] + 13], u32(bytes, start[i] + 4), data, Math.max(0, wireEnd[i] - body[i]));
        }
      },
      text() {
        const said = followed.text();
        const [a, b] = followed.nodes;
        const filter = `${kind}.stream eq ${wanted}`;
        return `\n${LINE}\nFollow: ${kind},${form}\nFilter: ${filter}\nNode 0: ${a}\nNode 1: ${b}\n${said}${LINE}\n`;
      },
    });
  };
