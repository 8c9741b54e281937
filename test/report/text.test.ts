import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/bytes/text.js';
import { text } from '../../src/report/text.js';
import { reflowed, wrap, wrapCommand } from '../../src/report/wrap.js';
import { capture, finding, healthy, hostile, missingRoute, run, undecided } from './runs.js';

const at = (width: number, more = {}) => ({ width, color: false, verbose: false, ...more });

describe('the text report', () => {
  it.each([40, 80, 120])('shows the missing route in %i columns', async (width) => {
    await expect(text(missingRoute, at(width))).toMatchFileSnapshot(`snapshots/missing-route.${width}.txt`);
  });

  it('shows everything with verbose', async () => {
    await expect(text(missingRoute, at(100, { verbose: true }))).toMatchFileSnapshot('snapshots/missing-route.verbose.txt');
  });

  it('shows what could not be decided, and what to capture instead', async () => {
    await expect(text(undecided, at(80))).toMatchFileSnapshot('snapshots/undecided.80.txt');
  });

  it('names the conversation that all frames of a finding belong to, and none where they differ', () => {
    const shown = (...conversations: (number | null)[]): string | undefined => {
      const evidence = conversations.map((conversation) => ({ conversation }));
      return /conversation.*/.exec(text(run([finding({ rule: 'tcp-reset', evidence })]), at(100)))?.[0];
    };
    expect(shown(12, 12)).toBe('conversation 12');
    for (const others of [[12, 13], [12, null], [null], []]) expect(shown(...others)).toBeUndefined();
  });

  it('is one line on a healthy capture', () => {
    expect(text(healthy, at(100))).toBe('✓ nothing wrong found: 1 capture, 12 040 frames, 13.2 s, 36 checks passed\n');
  });

  it.each([
    ['a fault', missingRoute],
    ['an open question', undecided],
    ['no frames', run([], [capture({ frames: 0, first: null, last: null })])],
    ['a damaged capture', run([], [capture({ error: 'cut in frame 7' })])],
  ])('does not claim health with %s', (_, sample) => {
    expect(text(sample, at(100))).not.toContain('nothing wrong');
  });

  it('keeps within the width where words allow it, and never breaks an address', () => {
    for (const width of [40, 60, 80, 100, 120]) {
      const lines = text(missingRoute, at(width)).split('\n');
      for (const line of lines) expect(displayWidth(line), line).toBeLessThanOrEqual(width);
      for (const address of ['172.20.2.0/24', '192.168.20.100', '08:00:27:d5:e8:d7']) expect(lines.join('\n')).toContain(address);
    }
  });

  it('lays colour over the same text', () => {
    const colored = text(missingRoute, at(80, { color: true }));
    expect(colored).toContain('\x1b[1;31m✗ error: \x1b[0m');
    const plain = colored.replace(/\x1b\[[\d;]*m/g, '').replace(/[ \t]+$/gm, '');
    expect(plain).toBe(text(missingRoute, at(80)));
  });

  it('lets nothing of a packet reach the terminal as a control character', () => {
    for (const width of [40, 100])
      expect(text(hostile, at(width, { verbose: true }))).not.toMatch(
        /[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]|\ud800(?![\udc00-\udfff])/,
      );
  });

  it('shows one packet of the evidence and names the other frames', () => {
    const notes = ['in eth1, ttl 63', 'out eth0, ttl 62', 'in eth1, ttl 63', 'out eth0, ttl 62'];
    const shown = text(run([finding({ rule: 'forward-missing', evidence: notes.map((note) => ({ note })) })]), at(100));
    expect(shown).toContain('frame 2            +0 ns  out eth0, ttl 62');
    expect(shown).toContain('the same in frames 3, 4');
  });

  it('shows a frame with two notes once, and calls one frame a frame', () => {
    const evidence = [
      { frame: 2, note: 'says A' },
      { frame: 4, note: 'says B' },
      { frame: 4, note: 'while the other one answers too' },
      { frame: 6, note: 'says B' },
    ];
    const shown = text(run([finding({ rule: 'arp-duplicate', evidence })]), at(100));
    expect(shown.match(/frame 4/g)).toHaveLength(1);
    expect(shown).toContain('the same in frame 6\n');
  });

  it('says once what the capture lacks', () => {
    const hint = 'Capture with a larger buffer.';
    const lost = finding({ rule: 'capture-dropped', verdict: 'inconclusive', hint });
    const shown = text(run([lost], [capture({ dropped: 12 })]), at(100));
    expect(shown).not.toContain('frames lost while capturing');
    expect(shown.slice(shown.indexOf('To decide'))).toBe(`To decide what is open:\n  - ${hint}\n`);
  });

  it('asks for another capture only where something is open', () => {
    const shown = text(run([finding({ rule: 'dns-error' })], [capture({ clipped: 3 })]), at(100));
    expect(shown).toContain('! router: 3 frames cut by the snapshot length');
    expect(shown).not.toContain('To decide');
  });

  it('tells where to get certainty, unless a topology was there', () => {
    const shown = (nameFrom: 'none' | 'topology') => {
      const interfaces = [{ index: 2, name: 'eth0', nameFrom, in: 1, out: 0 }];
      return text(run([finding({ rule: 'forward-missing', confidence: 'low' })], [capture({ interfaces })]), at(100));
    };
    expect(shown('none')).toContain('low: inferred from what was captured; a topology (-t) can make it sure');
    expect(shown('topology')).toContain('low: inferred from what was captured\n');
  });

  it('names the capture point when there are several', () => {
    const two = run(
      [finding({ rule: 'forward-missing', evidence: [{ point: 'k8s-w0', note: 'in eth1' }] })],
      [capture(), capture({ point: 'k8s-w0' })],
    );
    expect(text(two, at(100))).toContain('k8s-w0  in eth1');
  });

  it('lists a symptom of a symptom under the cause, and a loop of them once', () => {
    const chain = run([
      finding({ rule: 'egress-wrong-interface', id: 'a' }),
      finding({ rule: 'return-missing', id: 'b', foldedUnder: 'a' }),
      finding({ rule: 'tcp-no-answer', id: 'c', foldedUnder: 'b' }),
    ]);
    expect(text(chain, at(100))).toContain('1 fault with 2 symptoms');
    const loop = run([
      finding({ rule: 'arp-flap', id: 'a', foldedUnder: 'b' }),
      finding({ rule: 'arp-duplicate', id: 'b', foldedUnder: 'a' }),
    ]);
    expect(text(loop, at(100))).toContain('2 faults');
  });

  it('cuts a long list of remarks short', () => {
    const remarks = Array.from({ length: 9 }, (_, i) => finding({ rule: 'arp-takeover', severity: 'info', id: `t${i}` }));
    expect(text(run(remarks), at(100))).toContain('and 3 more: -v shows all');
    expect(text(run(remarks), at(100))).toContain('nothing wrong found');
  });
});

describe('wrapping', () => {
  it('keeps every word whole and in order', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[!-~]{1,20}$/)), fc.integer({ min: 1, max: 60 }), (words, width) => {
        const lines = wrap(words.join(' '), width);
        expect(lines.join(' ')).toBe(words.join(' '));
        for (const line of lines) if (line.includes(' ')) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('counts columns, not characters', () => {
    expect(wrap('漢字 漢字 漢字', 9)).toEqual(['漢字 漢字', '漢字']);
  });

  it('breaks a command so that a shell joins it again', () => {
    const command = 'ip route add 172.20.2.0/24 via 192.168.20.100 dev eth2';
    const lines = wrapCommand(command, 30);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join('\n').replace(/ \\\n\s*/g, ' ')).toBe(command);
    expect(wrapCommand('echo "a  b" c d e f g h i j k l m', 10)).toEqual(['echo "a  b" c d e f g h i j k l m']);
  });
});

it('wraps a page of Markdown anew: paragraphs and lists, neither code nor tables', () => {
  const page =
    '# A title that is long\n\none two\nthree four\n\n- five six\n  seven eight\n- nine\n\n```\na  b\nc d e f g h\n```\n| x | y |';
  expect(reflowed(page, 12)).toBe(
    '# A title that is long\n\none two\nthree four\n\n- five six\n  seven\n  eight\n- nine\n\n```\na  b\nc d e f g h\n```\n| x | y |',
  );
  expect(reflowed(page, 80)).toContain('one two three four\n\n- five six seven eight\n- nine\n');
});
