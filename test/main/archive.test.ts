// Archives in place of folders: what they hold is what the folder held, and hostile ones write nothing elsewhere.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archiveKind } from '../../src/capture/archive/archive.js';
import { zipMembers as pageZip } from '../../src/capture/archive/small-zip.js';
import { zipMembers } from '../../src/capture/archive/zip.js';
import { UnpackError } from '../../src/capture/unpack-error.js';
import { HopscopeError } from '../../src/errors.js';
import { analyze } from '../../src/main/analyze.js';
import { unpackArchive } from '../../src/main/archive.js';
import { expand, openBundle } from '../../src/main/bundle.js';
import { thoroughly, times } from '../thorough.js';
import { PLAIN } from './options.js';
import { zip } from './zips.js';

const CAPTURE = resolve(import.meta.dirname, '../../captures/native-missing-route.pcap');
const TOPOLOGY = CAPTURE.replace('.pcap', '.topology.yaml');

let root = '';
let made = 0;
const makeFolder = (): string => {
  const folder = join(root, 'private', String(made++));
  mkdirSync(folder, { recursive: true });
  return folder;
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hopscope-archive-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

interface Put {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly type?: string;
  readonly link?: string;
  /** What the header says instead. */
  readonly size?: number;
}

/** A ustar archive, as POSIX draws it. */
function tar(members: readonly Put[], end = true): Buffer {
  const blocks: Buffer[] = [];
  for (const { name, content = '', type = '0', link = '', size } of members) {
    const body = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(name.slice(0, 100), 0);
    header.write('0000644\0', 100);
    header.write(`${(size ?? body.length).toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(link, 157);
    header.write('ustar\x0000', 257);
    header.write(
      `${header
        .reduce((sum, b) => sum + b, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    blocks.push(header, body, Buffer.alloc((512 - (body.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(end ? 1024 : 0)]);
}

async function entriesOf(name: string, bytes: Uint8Array) {
  const path = join(root, name);
  writeFileSync(path, bytes);
  const kind = archiveKind(path);
  if (kind === null) return null;
  const folder = makeFolder();
  const entries = await unpackArchive(path, kind, folder);
  return entries.map(({ within, file, leftOut }) => [within, file === null ? leftOut : readFileSync(file, 'utf8').slice(0, 20)]);
}
const unpack = async (name: string, bytes: Uint8Array) => entriesOf(name, bytes);

const MEMBERS: Put[] = [
  { name: 'a.txt', content: 'first' },
  { name: 'sub/b.txt', content: 'x'.repeat(1500) },
  { name: 'empty', content: '' },
];
const SAME = [
  ['a.txt', 'first'],
  ['empty', ''],
  ['sub/b.txt', 'x'.repeat(20)],
];

describe('an archive', () => {
  it.each([
    ['x.tar', tar(MEMBERS)],
    ['x.tgz', gzipSync(tar(MEMBERS))],
    ['without-an-ending', tar(MEMBERS)],
    ['x.zip', zip(MEMBERS)],
  ])('%s is unpacked', async (name, bytes) => {
    expect(await unpack(name, bytes)).toEqual(SAME);
  });

  it('of one folder is that folder; names with a dot in front are left out', async () => {
    const members = [
      { name: './run7/', type: '5' },
      { name: './run7/a.txt', content: 'a' },
      { name: './run7/._a.txt', content: 'of a Mac' },
      { name: './run7/.git/config', content: '' },
    ];
    expect(await unpack('x.tar', tar(members))).toEqual([['a.txt', 'a']]);
  });

  it('has long names, as pax and as GNU tar write them, and sizes in base 256', async () => {
    const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/f.txt`;
    const record = (text: string): string => {
      let length = text.length + 3;
      while (`${length} ${text}\n`.length !== length) length = `${length} ${text}\n`.length;
      return `${length} ${text}\n`;
    };
    const pax = tar([
      { name: 'pax', type: 'x', content: record(`path=${long}`) + record('mtime=1') },
      { name: 'short', content: 'p' },
      { name: '././@LongLink', type: 'L', content: `${long}2\0` },
      { name: 'short', content: 'g' },
    ]);
    const base256 = tar([{ name: 'n', content: '12345' }]);
    base256.fill(0, 124, 136);
    base256[124] = 0x80;
    base256[135] = 5;
    base256.write('        ', 148);
    base256.write(
      `${base256
        .subarray(0, 512)
        .reduce((sum, b) => sum + b, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    expect(await unpack('pax.tar', pax)).toEqual([
      [long.slice(91), 'p'],
      [`${long.slice(91)}2`, 'g'],
    ]);
    expect(await unpack('base.tar', base256)).toEqual([['n', '12345']]);
  });

  it('is what tar(1) has put into it', async ({ skip }) => {
    if (spawnSync('tar', ['--version']).error !== undefined) return skip('no tar');
    const folder = join(root, 'run7');
    mkdirSync(join(folder, 'k8s-w0'), { recursive: true });
    copyFileSync(CAPTURE, join(folder, 'router-any.pcap'));
    copyFileSync(TOPOLOGY, join(folder, 'lab.yaml'));
    writeFileSync(join(folder, 'k8s-w0', `${'n'.repeat(180)}.txt`), 'hello');
    symlinkSync('/etc/passwd', join(folder, 'passwd'));
    for (const format of ['ustar', 'gnu', 'pax', 'v7']) {
      const path = join(root, `${format}.tgz`);
      spawnSync('tar', ['-C', root, `--format=${format}`, '-czf', path, 'run7']);
      const { captures, known } = await expand([{ point: null, path }], makeFolder);
      expect(captures.map(({ path, suggested }) => [path, suggested])).toEqual([
        [`${path}/run7/router-any.pcap`, 'router-any.pcap'],
      ]);
      expect(known.map(({ path: shown }) => shown)).toContain(`${path}/run7/lab.yaml`);
      const run = await analyze({ ...OPTIONS, files: captures, known });
      expect(run.captures[0]).toMatchObject({ point: 'router', file: `${path}/run7/router-any.pcap` });
      expect(run.findings[0]).toMatchObject({ rule: 'egress-wrong-interface', subject: { interfaceExpected: 'eth2' } });
      const one = await expand([{ point: null, path: `${path}/run7/router-any.pcap` }], makeFolder);
      expect(one.captures).toHaveLength(1);
      await expect(expand([{ point: null, path: `${path}/run7/none.pcap` }], makeFolder)).rejects.toThrow(
        /has no 'run7\/none\.pcap'/,
      );
    }
  });
});

const OPTIONS = {
  ...PLAIN,
  workers: 0,
};

describe('a hostile archive', () => {
  const LINK = 'a link, which is not followed';
  it.each([
    [
      'x.tar',
      tar([
        { name: '../../escaped', content: 'x' },
        { name: '/abs/olute', content: 'y' },
        { name: 'a/../../b', content: 'z' },
        { name: 'link', type: '2', link: '/etc' },
        { name: 'link/passwd', content: 'w' },
        { name: 'hard', type: '1', link: '/etc/passwd' },
        { name: 'tty', type: '3' },
      ]),
      [
        ['../../escaped', 'its name leads out of the archive'],
        ['a/../../b', 'its name leads out of the archive'],
        ['abs/olute', 'y'],
        ['hard', LINK],
        ['link', LINK],
        ['link/passwd', 'w'],
        ['tty', 'a device'],
      ],
    ],
    [
      'x.zip',
      zip([
        { name: '../../escaped', content: 'x' },
        { name: 'C:\\abs\\olute', content: 'y' },
        { name: '..\\b', content: 'z' },
        { name: 'link', content: '/etc', rights: 0o120777 },
        { name: 'secret', content: 's', flags: 0x801 },
        { name: 'odd', content: 'o', method: 99 },
      ]),
      [
        ['../../escaped', 'its name leads out of the archive'],
        ['../b', 'its name leads out of the archive'],
        ['C:/abs/olute', 'y'],
        ['link', LINK],
        ['odd', 'it is packed by method 99, which is not read; unpack it first'],
        ['secret', 'it is encrypted; unpack it with its password'],
      ],
    ],
  ])('%s writes nothing elsewhere', async (name, bytes, entries) => {
    expect(await unpack(name, bytes)).toEqual(entries);
    expect(readdirSync(root).sort()).toEqual(['private', name].sort());
    expect(existsSync(join(root, 'escaped'))).toBe(false);
  });

  it('of several members of one name has the last, in a file of its own', async () => {
    const members = [
      { name: 'a', content: '1' },
      { name: 'a', content: '2' },
      { name: 'a/b', content: '3' },
      { name: 'x:y', content: '4' },
      { name: 'x;y', content: '5' },
    ];
    const entries = [
      ['a', '2'],
      ['a/b', '3'],
      ['x:y', '4'],
      ['x;y', '5'],
    ];
    expect(await unpack('x.tar', tar(members))).toEqual(entries);
    expect(await unpack('x.zip', zip(members))).toEqual(entries);
  });

  it('that unpacks to much more than it is ends early', async () => {
    const zeros = Buffer.alloc(1 << 20);
    const many = Array.from({ length: 300 }, (_, i) => ({ name: `f${i}`, content: zeros }));
    await expect(unpack('bomb.tgz', gzipSync(tar(many), { level: 1 }))).rejects.toThrow(
      /bomb\.tgz: it unpacks to more than \d+ MB, from \d+/,
    );
    await expect(unpack('bomb.zip', zip(many))).rejects.toThrow(/bomb\.zip: it unpacks to more than \d+ MB/);
  });

  it.each([
    ['lies.zip', zip([{ name: 'a', content: 'x'.repeat(1000), size: 10 }]), /damaged/],
    ['sum.tar', Buffer.concat([tar([{ name: 'a', content: 'a' }], false), Buffer.alloc(512, 'q')]), /wrong checksum/],
    ['cut.tar', tar(MEMBERS).subarray(0, 1600), /breaks off in 'sub\/b\.txt'/],
    ['cut.tgz', gzipSync(tar(MEMBERS)).subarray(0, -20), /breaks off/],
    ['huge.tar', tar([{ name: 'x', type: 'x', size: 8 ** 10 }]), /larger than 1 MB/],
  ])('%s says what is wrong with it', async (name, bytes, message) => {
    await expect(unpack(name, bytes)).rejects.toThrow(message);
    await expect(unpack(name, bytes)).rejects.toBeInstanceOf(HopscopeError);
  });

  it('of zip is read in a browser as on the command line, also where it is damaged', async () => {
    const listed = async (read: typeof zipMembers, bytes: Uint8Array) => {
      const path = join(root, 'x.zip');
      writeFileSync(path, bytes);
      const found: [string, string | null, string][] = [];
      try {
        for await (const { name, leftOut, content } of read(path)) {
          const pieces: Uint8Array[] = [];
          if (leftOut === null) for await (const piece of content) pieces.push(piece);
          found.push([name, leftOut, Buffer.concat(pieces).toString('latin1')]);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(UnpackError);
        expect((error as Error).message).not.toMatch(/\n/);
        return null;
      }
      return found;
    };
    const stored = zip([
      ...MEMBERS,
      { name: '..\\b', content: 'z' },
      { name: 'link', content: '/etc', rights: 0o120777 },
      { name: 'secret', content: 's', flags: 0x801 },
      { name: 'odd', content: 'o', method: 99 },
      { name: 'large', content: randomBytes(100_000) },
      { name: 'stored', content: 'as it is', method: 0 },
    ]);
    for (const bytes of [stored, zip([]), Buffer.concat([stored.subarray(0, -2), Buffer.from([5, 0]), Buffer.from('notes')])])
      expect(await listed(pageZip, bytes)).toEqual(await listed(zipMembers, bytes));
    const whole = zip(MEMBERS);
    const right = (await listed(pageZip, whole)) ?? [];
    expect(right).toHaveLength(3);
    // Each byte of it wrong, and cut at each: it is refused, or a member has what it had; names have no checksum.
    for (let at = 0; at < whole.length; at++) {
      const wrong = Buffer.from(whole);
      wrong[at]! ^= 0xff;
      const found = await listed(pageZip, wrong);
      const texts = (found ?? []).flatMap(([, out, text]) => (out === null ? [text] : []));
      expect(right.map(([, , text]) => text)).toEqual(expect.arrayContaining(texts));
      if (at % 7 === 0) expect(await listed(pageZip, whole.subarray(0, at)), `cut at ${at}`).toBeNull();
    }
  });

  it('with damage anywhere is refused with one line, or read', async () => {
    const whole = [tar(MEMBERS), gzipSync(tar(MEMBERS)), zip(MEMBERS)];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...whole),
        fc.array(fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }), { maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        async (bytes, changes, part, isCut) => {
          const damaged = Buffer.from(isCut ? bytes.subarray(0, Math.ceil(bytes.length * part)) : bytes);
          for (const { at, byte } of changes) if (damaged.length > 0) damaged[at % damaged.length] = byte;
          try {
            await unpack('damaged', damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(HopscopeError);
            expect((error as Error).message).not.toMatch(/\n/);
          }
          expect(readdirSync(root).sort()).toEqual(existsSync(join(root, 'private')) ? ['damaged', 'private'] : ['damaged']);
        },
      ),
      { numRuns: times(37, 150) },
    );
  });
});

describe('bundle.json', () => {
  const put = async (sheet: string) => {
    const path = join(root, 'x.tar');
    writeFileSync(
      path,
      tar([
        { name: 'bundle.json', content: sheet },
        { name: 'one.pcap', content: readFileSync(CAPTURE) },
        { name: 'lab.yaml', content: readFileSync(TOPOLOGY) },
      ]),
    );
    return openBundle(path, makeFolder);
  };

  it('says where captures were taken', async () => {
    const bundle = await put('{"version":1,"started":"2026-11-21T04:16:42Z","points":{"router":{"captures":["one.pcap"]}}}');
    expect(bundle?.captures.map(({ point }) => point)).toEqual(['router']);
    expect(bundle?.files.map(({ taken }) => taken)).toEqual(['bundle', 'topology', 'capture']);
  });

  it.each([
    ['nonsense', /bundle\.json: Unexpected token/],
    ['{"version":2}', /its version is not 1; correct it, or take it away/],
    ['{"version":1}', /points are missing/],
    ['{"version":1,"points":{"a":null}}', /the captures of 'a' are no list/],
    ['{"version":1,"points":{"a":{"captures":["two.pcap"]}}}', /there is no 'two\.pcap' beside it/],
    [
      '{"version":1,"points":{"a":{"captures":["one.pcap"]},"b":{"captures":["one.pcap"]}}}',
      /'one\.pcap' is a capture of 'a' and of 'b'/,
    ],
  ])('%s is told', async (sheet, message) => {
    await expect(put(sheet)).rejects.toThrow(message);
  });
});

describe('archives among the files', () => {
  const inner = gzipSync(
    tar([
      { name: 'router.pcap', content: readFileSync(CAPTURE) },
      { name: 'deep.tgz', content: gzipSync(tar([{ name: 'a.txt', content: 'a' }])) },
    ]),
  );
  const broken = inner.subarray(0, -30);

  it.each(['an archive', 'a folder'])('of %s are opened, each for itself', async (where) => {
    const path = join(root, where === 'a folder' ? 'run7' : 'run7.zip');
    if (where === 'a folder') {
      mkdirSync(path);
      writeFileSync(join(path, 'w1.tgz'), inner);
      writeFileSync(join(path, 'w2.tgz'), broken);
      writeFileSync(join(path, 'tool.ts'), 'const line = "10.0.0.0/8 via 10.1.1.1 dev eth0";\n');
    } else
      writeFileSync(
        path,
        zip([
          { name: 'w1.tgz', content: inner },
          { name: 'w2.tgz', content: broken },
          { name: 'tool.ts', content: 'const line = "10.0.0.0/8 via 10.1.1.1 dev eth0";\n' },
        ]),
      );
    const bundle = await openBundle(path, makeFolder);
    expect(bundle?.captures.map((one) => one.path)).toEqual([`${path}/w1.tgz/router.pcap`]);
    expect(bundle?.known).toEqual([]);
    const says = new Map(bundle?.files.map((one) => [one.path.slice(path.length + 1), `${one.taken}: ${one.says}`]));
    expect(says.get('tool.ts')).toBe('nothing: source code');
    expect(says.get('w1.tgz/deep.tgz')).toMatch(/^nothing: an archive in an archive/);
    expect(says.get('w2.tgz')).toMatch(/^nothing: .*breaks off/);
  });

  thoroughly('have the bounds of one archive together', async () => {
    const members = Array.from({ length: 5001 }, (_, i) => ({ name: `${i}.txt`, content: '' }));
    const path = join(root, 'many.tar');
    writeFileSync(path, tar(['a', 'b'].map((name) => ({ name: `${name}.tgz`, content: gzipSync(tar(members)) }))));
    const bundle = await openBundle(path, makeFolder);
    expect(bundle?.files.find((one) => one.path.endsWith('/b.tgz'))?.says).toMatch(/more than 10000 members/);
  });
});
