// Capture filters take the packets that tcpdump takes.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Frame } from '../../../src/capture/frame.js';
import { openCapture } from '../../../src/capture/open.js';
import { FilterError } from '../../../src/errors.js';
import { compileBpf } from '../../../src/filter/bpf.js';
import { asDisplayFilter } from '../../../src/filter/bpf-display.js';
import { CAPTURES, expressions } from './list.mjs';

const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'recorded.json'), 'utf8')) as Record<
  string,
  Record<string, string>
>;

async function framesOf(path: string): Promise<Frame[]> {
  const source = openCapture(path);
  const frames: Frame[] = [];
  const frame = new Frame();
  do {
    while (source.next(frame)) {
      const bytes = frame.bytes.slice(frame.start, frame.end);
      frames.push(Object.assign(new Frame(), frame, { bytes, start: 0, end: bytes.length }));
    }
  } while (await source.fill());
  source.close();
  return frames;
}

describe.each(Object.entries(CAPTURES))('%s', (name, kind) => {
  it('each expression takes the packets that tcpdump takes', async () => {
    const frames = await framesOf(name);
    const found: Record<string, string> = {};
    for (const text of expressions(kind)) {
      const taken = frames.filter(compileBpf(text));
      const hash = createHash('sha1');
      for (const { bytes } of taken) hash.update(bytes);
      found[text] = `${taken.length} ${hash.digest('hex').slice(0, 12)}`;
    }
    expect(found).toEqual(recorded[name]);
  });
});

describe('expressions', () => {
  it('are many', () => {
    expect(new Set(Object.values(CAPTURES).flatMap(expressions)).size).toBeGreaterThan(180);
  });
  it.each([
    ['tcp port 80', 'tcp.port == 80'],
    ['host 10.0.0.1 and not port 22', 'ip.addr == 10.0.0.1 && !(tcp.port == 22 || udp.port == 22)'],
    ['src net 10.1 or udp portrange 1-9', 'ip.src == 10.1.0.0/16 || udp.port in {1..9}'],
    ['icmp6', 'icmpv6'],
    ['tcp[13] = 2', null],
    ['ip.src == 1.2.3.4', null],
  ])('%s as a display filter', (text, said) => {
    expect(asDisplayFilter(text)).toBe(said);
  });
  it.each(['', 'port', 'port 99999', 'host hugo', 'net 10.0.0.1/8', '(tcp', 'tcp[0', 'ip[0]', 'and', `${'('.repeat(100)}tcp`])(
    '%j is refused, and the place is shown',
    (text) => {
      expect(() => compileBpf(text)).toThrow(FilterError);
    },
  );
  it('nothing but a FilterError comes of any text', () => {
    const words = [
      'tcp',
      'port',
      '80',
      'not',
      '(',
      ')',
      '[',
      ']',
      'and',
      'src',
      '10.0.0.1',
      '/',
      '8',
      '-',
      '=',
      'ip',
      'len',
      'vlan',
    ];
    let seed = 1;
    for (let n = 0; n < 3000; n++) {
      const text = Array.from({ length: 1 + (n % 9) }, () => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        return words[(seed >>> 8) % words.length];
      }).join(' ');
      try {
        compileBpf(text);
      } catch (error) {
        expect(error, text).toBeInstanceOf(FilterError);
      }
    }
  });
});
