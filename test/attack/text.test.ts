// Text from packets, files and names on its way to terminals, documents, spreadsheets, CI and shells.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseXml } from '../report/xml.js';
import {
  dns,
  ethernet,
  file,
  folder,
  hopscopeInOne,
  inFolder,
  interfaceBlock,
  ipv4,
  option,
  packetBlock,
  query,
  section,
  u16,
  udp,
} from './help.js';

const hopscope = hopscopeInOne();
/** What acts on a terminal, a page, a sheet, a runner or a shell. */
const HOSTILE = [
  '\x1b[31mred\x1b]0;title\x07',
  '\x9b31m\u202eevil\u2066\u200b\u200d\ufeff\u2028',
  '\r\n::error file=x::pwned\n',
  '%0A::error::pwned',
  '<script>alert(1)</script><!--]]>&#0;',
  '=cmd|calc!A0',
  '"|`$(reboot)`;reboot;\'',
  '](javascript:alert(1)) **b** @everyone',
  '\0\x08\x7f',
];
const ALL = HOSTILE.join('');

/** Answers with an error, so that the name of the question becomes a finding. */
const refused = (labels: readonly string[]): Uint8Array =>
  dns(
    [
      ...[0, 1, 0x81, 0x82, 0, 1, 0, 0, 0, 0, 0, 0],
      ...labels.flatMap((label) => [Buffer.from(label).length, ...Buffer.from(label)]),
      ...[0, 0, 1, 0, 1],
    ],
    true,
  );
const labels = HOSTILE.map((text) => [Buffer.from(text).subarray(0, 63).toString('latin1'), 'example']);
const tcp = (text: string): Uint8Array =>
  ethernet(
    0x0800,
    ipv4(
      6,
      Buffer.concat([
        Uint8Array.from([0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 1, 0, 0, 0, 0, 0]),
        Buffer.from(text),
      ]),
    ),
  );
const dhcp = (text: string): Uint8Array =>
  ethernet(
    0x0800,
    ipv4(
      17,
      udp(
        68,
        67,
        Buffer.concat([
          Uint8Array.from([
            1,
            1,
            6,
            0,
            ...new Array<number>(232).fill(0),
            0x63,
            0x82,
            0x53,
            0x63,
            53,
            1,
            1,
            12,
            Buffer.from(text).length,
          ]),
          Buffer.from(text),
          Uint8Array.of(255),
        ]),
      ),
    ),
  );
const lldp = (text: string): Uint8Array =>
  ethernet(0x88cc, [
    2,
    7,
    4,
    2,
    0,
    0,
    0,
    0,
    1,
    4,
    2,
    7,
    0x61,
    6,
    2,
    0,
    120,
    10,
    Buffer.from(text).length,
    ...Buffer.from(text),
    0,
    0,
  ]);
const names = [...u16(1), ...u16(4 + Buffer.from(ALL).length + 1), 10, 0, 1, 5, ...Buffer.from(ALL), 0];

const frames = [
  ...labels.flatMap((l) => [query(l), refused(l)]),
  ...HOSTILE.map((text) => tcp(`GET /${text} HTTP/1.1\r\nHost: ${text}\r\nUser-Agent: ${text}\r\n\r\n`)),
  ...HOSTILE.map((text) => tcp(`HTTP/1.1 200 ${text}\r\nServer: ${text}\r\n\r\n`)),
  ...HOSTILE.map(dhcp),
  ...HOSTILE.map(lldp),
];
const capture = Buffer.concat([
  section([...option(1, ALL), ...option(2, ALL), ...option(3, ALL), ...option(4, ALL)]),
  interfaceBlock([...option(2, ALL), ...option(3, ALL), ...option(11, `\0${ALL}`)]),
  Buffer.from(block4(names)),
  ...frames.map((bytes) => packetBlock(bytes, option(1, ALL))),
]);

function block4(body: number[]): Buffer {
  const padded = [...body, ...new Array<number>(-body.length & 3).fill(0), 0, 0, 0, 0];
  const size = Buffer.alloc(4);
  size.writeUInt32LE(padded.length + 12);
  return Buffer.concat([Uint8Array.of(4, 0, 0, 0), size, Uint8Array.from(padded), size]);
}

// A name that a file system takes: everything but NUL and the slash.
const NAME = `x${ALL.replaceAll(/[\0/]/g, '')}.pcapng`;
const path = file(NAME, capture);
const TOPOLOGY = JSON.stringify({
  nodes: { [`n${ALL}`]: { interfaces: { [`e${ALL}`]: { index: 7, addresses: ['10.0.1.1/24'] } } }, [`m${ALL}`]: {} },
  pods: { '10.0.1.5': { name: `p${ALL}`, node: `n${ALL}` }, '10.0.2.5': { name: ALL, node: `m${ALL}` } },
});
const topology = file('hostile.topology.json', TOPOLOGY);

/** No control character but the newline and the tab, nothing that turns a line round or hides. */
function expectSafe(text: string): void {
  expect(text).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/);
}

const TEXTS: readonly (readonly string[])[] = [
  ['dump', path],
  ['dump', '-V', '-x', path],
  ['dump', '--style', 'tcpdump', path],
  ['dump', '-T', 'json', path],
  ['dump', '-T', 'jsonl', path],
  ['dump', '-T', 'fields', '-e', 'dns.qry.name', '-e', 'http.host', '-e', 'http.request.uri', '-e', 'hop.interface', path],
  ['flows', path],
  ['flows', path, '-f', 'json'],
  ['flows', path, '-t', topology],
  ['info', path],
  ['info', path, '-f', 'json'],
  ['follow', path, 'tcp,0'],
  ['record', path],
  ['diff', path, path],
  ['diagnose', `${'a'.repeat(3)}=${path}`],
  ['topology', 'check', topology],
  ['topology', 'show', topology, '10.0.1.5'],
];

describe('hostile text', () => {
  it.each(TEXTS.map((args) => [args.slice(0, -1).join(' ').slice(0, 60), args] as const))('%s', async (_, args) => {
    const { out, err } = await hopscope(args);
    expectSafe(out);
    expectSafe(err);
    expect(`${out}${err}`).not.toMatch(/^::/m);
  });

  it.each(['text', 'json', 'junit', 'sarif', 'github', 'markdown', 'tap'])(
    'diagnose as %s, with and without a topology',
    async (format) => {
      for (const more of [[], ['-t', topology]]) {
        const { out, err, status } = await hopscope(['diagnose', path, ...more, '-f', format, '--color', 'never']);
        expect([0, 1, 3]).toContain(status);
        expectSafe(out);
        expectSafe(err);
        expect(out.length).toBeGreaterThan(10);
        if (format === 'json' || format === 'sarif') JSON.parse(out);
        if (format === 'junit') parseXml(out);
        if (format === 'github')
          for (const line of out.trimEnd().split('\n')) expect(line).toMatch(/^::(error|warning|notice) (file|title)=/);
        else expect(out).not.toMatch(/^::/m);
        if (format === 'markdown') {
          expect(out).not.toMatch(/<(?!\/?(sub|details|summary)>|!-- -->)/);
          expect(out).not.toMatch(/[^\\]\]\(javascript/);
          expect(out).not.toMatch(/@everyone/);
        }
        if (format === 'tap') expect(out.split('\n')[0]).toBe('TAP version 14');
      }
    },
  );

  it('CSV: no cell starts a formula, and rows stay rows', async () => {
    const { out } = await hopscope(['flows', path, '-t', topology, '-f', 'csv']);
    expectSafe(out.replaceAll('\r\n', '\n'));
    for (const row of out.trimEnd().split('\r\n')) {
      const cells = row.match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? [];
      for (const cell of cells) expect(cell).not.toMatch(/^"?[=@\t\r]/);
    }
  });

  it('expectation files: names and texts of the file, in all formats', async () => {
    const yaml = JSON.stringify({
      version: 1,
      name: ALL,
      captures: { [`p${ALL.replaceAll(/[\0=]/g, '')}`]: NAME },
      expect: [
        { name: ALL, where: `dns.qry.name contains "${'\\"'}"`, atLeast: 100_000 },
        { name: `b${ALL}`, never: 'arp', witness: 'ip' },
      ],
    });
    writeFileSync(join(folder(), 'hostile.yaml'), yaml);
    for (const format of ['text', 'json', 'junit', 'sarif', 'github', 'markdown', 'tap']) {
      const { out, err } = await hopscope(['verify', 'hostile.yaml', '-f', format, '--color', 'never']);
      expectSafe(out);
      expectSafe(err);
      if (format === 'junit' && out !== '') parseXml(out);
      if (format === 'github')
        for (const line of out.trimEnd().split('\n')) expect(line).toMatch(/^(::(error|warning|notice) |$)/);
    }
  });

  it('the step summary of GitHub is one of Markdown', async () => {
    const summary = file('summary.md', '');
    await hopscope(['diagnose', path, '-f', 'github'], { GITHUB_STEP_SUMMARY: summary });
    const text = readFileSync(summary, 'utf8');
    expectSafe(text);
    expect(text).not.toMatch(/<script|@everyone/);
  });

  it('commands that are there to be pasted hold nothing a shell acts on', async () => {
    // The name of the interface that packets leave by is the capture's, not the topology's.
    const lab = JSON.stringify({
      nodes: { router: { interfaces: { eth1: { addresses: ['10.0.1.1/24'] } }, routes: ['default via 203.0.113.1 dev eth0'] } },
      masquerade: { inside: ['10.0.0.0/8'] },
    });
    const inside = (ttl: number): Uint8Array => {
      const packet = ipv4(1, Uint8Array.of(8, 0, 0, 0, 0, 1, 0, 1), [10, 0, 1, 5], [198, 51, 100, 7]);
      packet[8] = ttl;
      return ethernet(0x0800, packet);
    };
    const flags = (n: number) => option(2, Uint8Array.of(n, 0, 0, 0));
    const bytes = Buffer.concat([
      section(),
      interfaceBlock(option(2, 'eth1')),
      interfaceBlock(option(2, 'eth0;$(reboot)|`reboot`')),
      ...Array.from({ length: 5 }, () => [packetBlock(inside(64), flags(1), 0), packetBlock(inside(63), flags(2), 1)]).flat(),
    ]);
    const { out } = await hopscope([
      'diagnose',
      `router=${file('shell.pcapng', bytes)}`,
      '-t',
      file('shell.topology.json', lab),
      '-f',
      'json',
    ]);
    const { findings } = JSON.parse(out) as { findings: { rule: string; commands: string[] }[] };
    expect(findings.map((f) => f.rule)).toContain('nat-missing');
    for (const { commands } of findings) for (const command of commands) expect(command).not.toMatch(/[;&|<>$`\\"'(){}]/);
  });

  it('what --help of a wrong command says of it is safe too', async () => {
    for (const args of [
      [ALL.replaceAll('\0', '')],
      ['dump', `--${ALL.replaceAll('\0', '')}`],
      ['rules', ALL.replaceAll('\0', '')],
      ['dump', '-Y', ALL.replaceAll('\0', ''), path],
    ]) {
      const { err, out, status } = await hopscope(args);
      expect([2, 4]).toContain(status);
      expectSafe(err);
      expectSafe(out);
    }
  });

  it('a side file with names of interfaces', async () => {
    mkdirSync(inFolder('side'));
    const cooked = Buffer.concat([
      Uint8Array.from([8, 0, 0, 0, 0, 0, 0, 7, 0, 1, 0, 6, ...new Array<number>(8).fill(2)]),
      ipv4(1, Uint8Array.of(8, 0, 0, 0, 0, 1, 0, 1)),
    ]);
    const plain = file('side/a.pcapng', Buffer.concat([section(), interfaceBlock([], 276), packetBlock(cooked)]));
    file('side/a.pcapng.ifmap.json', JSON.stringify({ 7: ALL.slice(0, 60) }));
    for (const args of [
      ['dump', plain],
      ['dump', '-V', plain],
      ['dump', '--style', 'tcpdump', plain],
      ['diagnose', plain, '-v'],
      ['flows', plain],
    ]) {
      const { out } = await hopscope(args);
      expectSafe(out);
    }
  });
});
