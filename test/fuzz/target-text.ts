// Texts that people, and other programs, write: filters, topologies, expectations, what `ip` and `kubectl` print; and names on their
// way to a screen.
import { join } from 'node:path';
import { displayWidth, pad, plainWidth, safeJson, safeLines, safeText, truncate } from '../../src/bytes/text.js';
import { xml } from '../../src/bytes/xml.js';
import { emptyInfo } from '../../src/capture/records.js';
import type { Registry } from '../../src/dissect/registry.js';
import { Layers } from '../../src/dissect/walk.js';
import { csvCell } from '../../src/dump/flows-output.js';
import { FrameContext } from '../../src/dump/frame-context.js';
import { ExpectationError, FilterError, HopscopeError, TopologyError, UsageError } from '../../src/errors.js';
import { readSheet } from '../../src/expect/read.js';
import { completions } from '../../src/filter/complete.js';
import { compileFilter } from '../../src/filter/filter.js';
import { frameFields } from '../../src/filter/frame-fields.js';
import { verify } from '../../src/main/verify.js';
import { md } from '../../src/report/markdown.js';
import { Printed as PrintedText } from '../../src/texts/input.js';
import { Problems } from '../../src/topology/document.js';
import { parseIfmap, parseIfmapFile } from '../../src/topology/ifmap.js';
import { importTopology } from '../../src/topology/import/import.js';
import { showTopology } from '../../src/topology/import/show.js';
import { readTopology } from '../../src/topology/read.js';
import { saysText } from '../../src/witnesses/says.js';
import { Testimony } from '../../src/witnesses/testimony.js';
import { PLAIN_VERIFY } from '../main/options.js';
import { parseXml } from '../report/xml.js';
import { type Input, must, mustBeClean } from './input.js';
import type { Random } from './random.js';
import { reportsHold } from './target-run.js';

export const TEXTS = ['filter', 'topology', 'expectation', 'import', 'packets', 'witness', 'screen'] as const;
export type TextKind = (typeof TEXTS)[number];

const HOSTILE = [
  '\x1b[31m',
  '\x1b]0;x\x07',
  '\u202e',
  '\u200b',
  '\u2066',
  '\0',
  '\x9b',
  '\ud800',
  '\r',
  '%0A::error::',
  '<b>',
  ']]>',
];
HOSTILE.push(
  '=cmd|',
  '`',
  '|',
  '\u{e0041}',
  '\ufeff',
  '\u2028',
  '한글',
  '🙂',
  'e\u0301\u0301\u0301',
  '"',
  "'",
  '\\',
  '&#0;',
  '{{',
  '@a',
);
const WORDS: Readonly<Record<TextKind, readonly string[]>> = {
  filter: [
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '!',
    '&&',
    '||',
    'and',
    'not',
    'in',
    '==',
    '!=',
    '~=',
    '>',
    'matches',
    'contains',
    '..',
    '#',
  ]
    .concat([
      'ip',
      'ip.src',
      'frame',
      'tcp.flags.syn',
      '"',
      "'",
      '\\',
      '1',
      '-1',
      '0x',
      '1.2.3.4',
      '::',
      '1e9',
      '/33',
      ',',
      ':',
      'len(',
    ])
    .concat([
      'upper(',
      'any',
      'all',
      '"(a+)+$"',
      '"[^"',
      '"\\x0"',
      'inner.',
      'outer.',
      '#2',
      '[0:4]',
      '& 1',
      'max(',
      '"(?i)a{1000}"',
    ]),
  topology: [
    'nodes:',
    '- ',
    ': ',
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '<<: *a',
    '!!js ',
    '__proto__:',
    'constructor:',
    '|',
    '>',
    '? ',
    '#',
  ].concat([
    '~',
    'null',
    '1e999',
    '0x10',
    '10.0.0.0/33',
    '::/0',
    'default via',
    '%',
    '@',
    '`',
    '---',
    '...',
    '\t',
    '  ',
    '"',
    "'",
  ]),
  expectation: [
    'expect:',
    'flow:',
    'path:',
    'where:',
    'never:',
    'sequence:',
    'each:',
    'some:',
    '${',
    '}',
    '- ',
    ': ',
    '{',
    '[',
    ']',
    '&a ',
  ].concat([
    '*a',
    '__proto__:',
    'version: 2',
    'answered:',
    'tunnel:',
    'within: 1e99s',
    'atLeast: -1',
    '"',
    '|',
    '---',
    '  ',
    'vars:',
  ]),
  import: [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    'null',
    '1',
    '"kind"',
    '"items"',
    '"metadata"',
    '"__proto__"',
    'inet ',
    'dev ',
    'via ',
    '\n',
  ].concat([
    'lladdr ',
    '/24',
    '/129',
    '0.0.0.0',
    '::',
    'ff:ff:ff:ff:ff:ff',
    '2: eth0: <UP>',
    '    link/ether ',
    'root@a:~# ',
    '\\u0000',
  ]),
  packets: [
    'IP ',
    'IP6 ',
    'ARP, ',
    ' > ',
    ': ',
    'Flags [',
    'options [',
    ', length ',
    'seq ',
    '(tos 0x0, ttl ',
    '\n',
    '\n    ',
    '\t0x0000:  4500 ',
    'OTV, flags [I] (0x08), overlay 0, instance 7\n',
  ].concat([
    'ICMP 10.0.0.1 unreachable - need to frag (mtu 1400), length 556\n\tIP ',
    'Geneve, Flags [C], vni 0x7, options [8 bytes]: ',
    'truncated-ip - 82 bytes missing! ',
    'frag (0|1408) ',
    'ethertype 802.1Q (0x8100), length 46: vlan 1, p 0, ',
    '09:00:00.000001 ',
    'eth0  In  ',
    'root@w9:~# tcpdump -ni any ',
    '> ',
    '1+ A? ',
  ]),
  witness: [
    ' -> ',
    ' <- ',
    ' <> ',
    'DROPPED (',
    'FORWARDED (',
    'policy-verdict:none EGRESS DENIED ',
    '{"flow":{',
    '"verdict":"DROPPED",',
    'xx drop (',
    ' flow 0x1 , identity 1->2 state new ifindex 0 orig-ip 0.0.0.0: ',
    '10.0.0.1:1',
    '[fd00::1]:65536',
    '\n',
    'Nov 29 14:09:53.307: ',
    'TRACE: filter:FORWARD:rule:1 ',
  ].concat([
    ' src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 ',
    ' packets transmitted, ',
    'root@w9:~# ping -c 1 10.0.0.1\n',
    'curl: (28) ',
    'IPv4\t{SrcIP=10.0.0.1 DstIP=10.0.0.2}\n',
    '0xffff0001 1 x:1 ',
  ]),
  screen: HOSTILE,
};

/** A text made from texts: words of its language, pieces of itself and of others, and what must never reach a screen. */
export function mutateText(kind: TextKind, seeds: readonly string[], random: Random): string {
  let text = seeds.length === 0 ? '' : random.of(seeds);
  if (text.length > 3000) {
    const at = random.below(text.length - 2000);
    text = random.once(3) ? text.slice(0, 3000) : text.slice(at, at + 2000);
  }
  for (let n = 1 + random.short(8); n > 0; n--) {
    const at = random.below(text.length + 1);
    const from = random.below(text.length + 1);
    switch (random.below(8)) {
      case 0:
        text = text.slice(0, at) + text.slice(at + 1 + random.short(16));
        break;
      case 1:
        text = text.slice(0, at) + text.slice(from, from + random.short(64)) + text.slice(at);
        break;
      case 2: {
        const other = seeds.length === 0 ? '' : random.of(seeds);
        const start = random.below(other.length + 1);
        text = text.slice(0, at) + other.slice(start, start + random.short(256)) + text.slice(at);
        break;
      }
      case 3:
        text = text.slice(0, at) + random.of(WORDS[kind]).repeat(random.once(12) ? 1 + random.below(300) : 1) + text.slice(at);
        break;
      case 4:
        text = text.slice(0, at) + random.of(HOSTILE) + text.slice(at);
        break;
      case 5:
        text =
          text.slice(0, at) +
          String.fromCharCode(random.once(2) ? random.below(128) : random.below(0x10000)) +
          text.slice(at + 1);
        break;
      case 6:
        // A number with more digits, or another sign.
        text = text.replace(/\d+/, (digits) =>
          random.of([`-${digits}`, digits.repeat(9), '0', '4294967296', '1e308', `${digits}.5`]),
        );
        break;
      default:
        text = text.slice(0, at) + random.of(WORDS[kind]) + text.slice(at);
    }
    if (text.length > 60_000) text = text.slice(0, 60_000);
  }
  return text;
}

const CAPTURES = [
  'native-healthy.pcap',
  'vxlan-healthy.pcap',
  'dns-router.pcap',
  'ipv6-healthy.pcap',
  'native-missing-route.pcap',
];

export class TextTarget {
  private readonly layers: Layers;
  private readonly context = new FrameContext(emptyInfo('fuzz', null));
  verified = 0;
  readonly accepted = new Map<TextKind, number>();

  constructor(
    private readonly registry: Registry,
    private readonly frames: readonly Input[],
  ) {
    this.layers = new Layers(registry);
  }

  /** Throws when the text does what no text may do. */
  run(kind: TextKind, text: string): void {
    try {
      this[kind](text);
      this.accepted.set(kind, (this.accepted.get(kind) ?? 0) + 1);
    } catch (error) {
      const expected =
        error instanceof FilterError ||
        error instanceof TopologyError ||
        error instanceof UsageError ||
        error instanceof ExpectationError;
      if (!expected) throw error;
      // One problem a line; each is shown as it is.
      mustBeClean(error.message, `the message about a ${kind}`);
      must(
        error.message.trim() !== '' && !/undefined|\[object/.test(error.message.replace(text, '')),
        `it says: ${error.message}`,
      );
    }
    must(Object.keys(Object.prototype).length === 0, 'the prototype of all objects was changed');
  }

  /** Expectations held against a capture, up to all reports. `root`: the project's folder. */
  async verify(text: string, root: string): Promise<void> {
    try {
      const run = await verify({
        ...PLAIN_VERIFY,
        paths: [],
        texts: [{ name: join(root, 'expectations/fuzz.yaml'), text }],
        captures: [{ point: 'router', path: join(root, 'captures', CAPTURES[text.length % CAPTURES.length]) }],
        failFast: text.length % 5 === 0,
        uncovered: true,
      });
      this.verified++;
      await reportsHold(run);
    } catch (error) {
      // Its message may repeat a path as it is: whoever prints it cleans it (src/cli/main.ts).
      if (!(error instanceof HopscopeError)) throw error;
    }
  }

  private filter(text: string): void {
    const extras = frameFields(this.context);
    completions(text.slice(0, 200), Math.min(text.length, 200), this.registry, extras);
    const { matches } = compileFilter(text, this.registry, extras);
    for (const { bytes, linkType } of this.frames) {
      this.layers.walkFrom(this.registry.linkProto(linkType), bytes, 0, bytes.length, bytes.length);
      const first = matches(this.layers);
      must(typeof first === 'boolean' && first === matches(this.layers), 'a filter answers differently the second time');
    }
  }

  private topology(text: string): void {
    readTopology([{ name: 'fuzz.yaml', text }]);
  }

  private expectation(text: string): void {
    const problems = new Problems();
    const sheet = readSheet({ name: 'fuzz.yaml', text }, problems);
    must(sheet !== null || problems.any, 'an expectation file is refused without a reason');
    if (problems.any) throw new ExpectationError(problems.text());
  }

  /** Whatever another tool may have printed: lines are counted once, and what is told stands in the text. */
  private witness(text: string): void {
    const testimony = new Testimony(1.8e12);
    const lines = text.split('\n');
    for (const line of lines) testimony.line(line);
    testimony.end();
    const { info, all } = testimony;
    must(
      info.lines === lines.length && info.used + info.noise + info.unread === info.lines,
      'lines are counted twice, or not at all',
    );
    must(
      all.reduce((sum, { count }) => sum + count, 0) + info.forgotten === info.events,
      'events are counted twice, or not at all',
    );
    for (const { place, event } of all) {
      must(place.line >= 1 && place.line <= lines.length, `line ${place.line} of ${lines.length}`);
      mustBeClean(safeText(saysText(event)), 'what a witness says');
    }
  }

  /** Whatever is pasted: a whole pcapng comes out, with a frame for each packet that was counted, and lines are counted once. */
  private packets(text: string): void {
    const made = new PrintedText({});
    const bytes = Buffer.from(text, 'latin1');
    const parts: Buffer[] = [];
    const size = 1 + (text.length % 97);
    for (let at = 0; at < bytes.length; at += size) {
      made.push(bytes.subarray(at, at + size));
      parts.push(Buffer.from(made.take()));
    }
    made.end();
    parts.push(Buffer.from(made.take()));
    const file = Buffer.concat(parts);
    let frames = 0;
    let at = 0;
    for (; at < file.length; at += file.readUInt32LE(at + 4)) {
      const length = file.readUInt32LE(at + 4);
      must(length >= 12 && length % 4 === 0 && at + length <= file.length, `a block of ${length} bytes at ${at}`);
      must(file.readUInt32LE(at + length - 4) === length, 'the lengths of a block differ');
      if (file.readUInt32LE(at) !== 6) continue;
      frames++;
      const [captured, wire] = [file.readUInt32LE(at + 20), file.readUInt32LE(at + 24)];
      must(captured <= wire && captured <= length - 32, `a frame of ${captured} bytes, ${wire} on the wire`);
    }
    must(at === file.length, 'the last block breaks off');
    const { info } = made;
    must(frames === info.packets, `${frames} frames of ${info.packets} packets`);
    must(info.used + info.noise + info.unread <= info.lines, 'lines are counted twice');
  }

  private import(text: string): void {
    try {
      parseIfmapFile('fuzz.json', text);
    } catch (error) {
      if (!(error instanceof TopologyError)) throw error;
    }
    try {
      parseIfmap(text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
    const { topology } = importTopology([{ name: 'fuzz.json', text, node: 'router' }]);
    // What was imported goes the way of a file: read, or refused with a place.
    readTopology([{ name: 'imported.yaml', text: showTopology(topology) }]);
  }

  private screen(text: string): void {
    const safe = safeText(text);
    mustBeClean(safe, 'safeText');
    must(!safe.includes('\n') && !safe.includes('\t'), 'safeText leaves a line break');
    mustBeClean(safeLines(text), 'safeLines');
    const shown = plainWidth(text);
    mustBeClean(shown, 'plainWidth');
    const width = text.length % 40;
    must(displayWidth(truncate(shown, width)) <= width, 'a text is wider than its room');
    must(displayWidth(pad(shown, width)) === width, `a padded text has ${displayWidth(pad(shown, width))} columns of ${width}`);
    const json = safeJson(JSON.stringify(text));
    mustBeClean(json, 'safeJson');
    must(JSON.parse(json) === text, 'safeJson changes a text');
    must(parseXml(`<a b="${xml(text)}">${xml(text)}</a>`).name === 'a', 'XML');
    must(!/<(?!!-- -->)/.test(md(text)), 'Markdown lets HTML through');
    const cell = csvCell(text);
    must(
      !/^"?[=+\-@\t\r]/.test(cell) || /^-?\d/.test(cell),
      `a cell of CSV starts a formula: ${JSON.stringify(cell.slice(0, 40))}`,
    );
  }
}
