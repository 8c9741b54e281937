// A sweep or a flood mixed into a capture with a fault hides nothing of it: the fault is reported, undecided where what it is compared with
// was given up, and neither reads as a pass.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Frame } from '../../src/capture/frame.js';
import { openCapture } from '../../src/capture/open.js';
import { loaded } from '../cli/loaded.js';
import { thoroughly, times } from '../thorough.js';
import { answered, datagrams, pcapAt, sweepOnLink, type Timed } from './floods.js';
import { CLI, file, folder, ROOT } from './help.js';

/** Captures of Ethernet with one fault each, and the rule that says it. */
const FAULTS = [
  ['udp-silent', 'udp-no-answer'],
  ['tcp-silent-server', 'tcp-silent-server'],
  ['arp-poisoning', 'arp-poisoning'],
  ['vrrp-two-masters', 'vrrp-two-masters'],
  ['wireguard-handshake', 'wireguard-handshake'],
] as const;

const FLOODS = {
  'a sweep': sweepOnLink(3000),
  'datagrams without an answer': datagrams(3000, 0),
  'connections that are answered': answered(1000, 0),
};

/** The frames of a capture at their times. */
function framesOf(path: string): Timed[] {
  const source = openCapture(path);
  const frame = new Frame();
  const frames: Timed[] = [];
  do {
    while (source.next(frame)) {
      expect(frame.linkType).toBe(1);
      frames.push({ us: Math.round(frame.timeNs / 1000), bytes: frame.bytes.slice(frame.start, frame.end) });
    }
  } while (source.fill() === true);
  source.close();
  return frames;
}

const hopscope = loaded(() => ({ env: { HOPSCOPE_CONVERSATIONS: '1000', HOPSCOPE_WORKERS: '0' } }));

describe.each(FAULTS)('%s', (name, rule) => {
  const path = join(ROOT, `captures/${name}.pcap`);
  const fault = framesOf(path);
  const span = Math.max(...fault.map(({ us }) => us));
  const diagnosed = async (of: string) => {
    const { stdout, code } = await hopscope('diagnose', of, '-f', 'json');
    const { findings } = JSON.parse(stdout) as { findings: { rule: string; verdict: string; foldedUnder: string | null }[] };
    return {
      status: code,
      faults: findings.filter((one) => one.verdict === 'fail').map((one) => one.rule),
      rules: findings.map((one) => one.rule),
    };
  };

  it('is reported without a flood', async () => {
    expect(readFileSync(path).length).toBeGreaterThan(100);
    expect((await diagnosed(path)).faults).toContain(rule);
  });

  it.each(Object.entries(FLOODS))('with %s all through it', async (_, flood) => {
    const spread = flood.map(({ bytes }, i) => ({ us: Math.floor((span * i) / flood.length), bytes }));
    const mixed = [...fault, ...spread].sort((a, b) => a.us - b.us);
    const { status, faults, rules } = await diagnosed(file(`${name}-mixed.pcap`, pcapAt(mixed)));
    // What is open or failed is given up last.
    expect(rules).toContain(rule);
    if (faults.includes(rule)) return;
    // The servers that it is compared with were given up: then it is undecided.
    expect(rules).toContain('run-incomplete');
    expect(status).toBe(3);
  });
});

/** Of the bundled captures, each EVERY-th is mixed. */
const EVERY = times(32, 8);

describe('bundled captures', async () => {
  const script = '../../scripts/mix-floods.mjs';
  const { compare, SMALL, LARGE, LARGE_ENV } = (await import(script)) as {
    compare(
      path: string,
      options: { cli: string; keep: string; amount: object; env: Record<string, string> },
    ): { left?: string; wrong?: string | null };
    SMALL: object;
    LARGE: object;
    LARGE_ENV: Record<string, string>;
  };
  const captures = readdirSync(join(ROOT, 'captures')).filter((name) => name.endsWith('.pcap'));
  const some = captures.filter((_, i) => i % EVERY === 3).map((name) => join(ROOT, 'captures', name));

  it('is not greener with a sweep and a flood that fit into all tables', { timeout: 300_000 }, () => {
    const results = some.map((path) => compare(path, { cli: CLI, keep: folder(), amount: SMALL, env: {} }));
    expect(results.filter(({ wrong }) => typeof wrong === 'string')).toEqual([]);
    expect(results.filter(({ wrong }) => wrong === null).length).toBeGreaterThan(some.length / 2);
  });

  thoroughly(
    'nor with those that do not',
    () => {
      const results = some
        .slice(0, times(2, 4))
        .map((path) => compare(path, { cli: CLI, keep: folder(), amount: LARGE, env: LARGE_ENV }));
      expect(results.filter(({ wrong }) => typeof wrong === 'string')).toEqual([]);
      expect(results.filter(({ wrong }) => wrong === null).length).toBeGreaterThan(0);
    },
    300_000,
  );
});
