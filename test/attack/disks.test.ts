// Disks that take nothing: every command that writes says so in one line, with an exit code that is no verdict, and leaves nothing behind.
import { spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { some } from '../thorough.js';
import { file, hopscope, hopscopeInOne, inFolder, ROOT } from './help.js';

/** Where nothing is read from standard input. */
const inOne = hopscopeInOne();

copyFileSync(join(ROOT, 'captures/udp-silent.pcap'), inFolder('a.pcap'));
copyFileSync(join(ROOT, 'captures/tcp-silent-server.pcap'), inFolder('b.pcap'));
file('e.yaml', 'version: 1\nname: e\ncaptures: { a: a.pcap }\nexpect:\n  - findings: { none: [error] }\n');
file('addresses.txt', '2: eth0: <UP> mtu 1500 state UP\n    inet 10.0.1.1/24 scope global eth0\n');
file('t.json', '{"nodes":{"a":{"interfaces":{"eth0":{"addresses":["10.0.1.1/24"]}}}}}');
mkdirSync(inFolder('bundle'));
copyFileSync(inFolder('a.pcap'), inFolder('bundle/a.pcap'));

/** How each command is told to write, by its option; `@` is the disk. */
const WRITES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'diagnose --output': [['diagnose', 'a.pcap', '-o', '@/x']],
  'diagnose --format': ['text', 'json', 'html', 'junit'].map((format) => ['diagnose', 'a.pcap', '-f', `${format}=@/x`]),
  'diagnose --evidence': [
    ['diagnose', 'a.pcap', '--evidence', '@/x.pcapng'],
    ['diagnose', 'a.pcap', '--evidence', '@/x/y/'],
  ],
  'verify --output': [['verify', '--no-cache', 'e.yaml', '-o', '@/x']],
  'verify --format': [['verify', '--no-cache', 'e.yaml', '-f', 'junit=@/x']],
  'verify --evidence': [['verify', '--no-cache', 'e.yaml', '--evidence', '@/x.pcapng']],
  'diff --output': [['diff', 'b.pcap', 'a.pcap', '-o', '@/x']],
  'diff --format': [['diff', 'b.pcap', 'a.pcap', '-f', 'json=@/x']],
  'diff --evidence': [['diff', 'b.pcap', 'a.pcap', '--evidence', '@/x/']],
  'merge-reports --output': [['merge-reports', 'report.json', '-o', '@/x']],
  'merge-reports --format': [['merge-reports', 'report.json', '-f', 'junit=@/x']],
  'record --output': [['record', 'a.pcap', '-o', '@/x']],
  'flows --output': [['flows', 'a.pcap', '-o', '@/x']],
  'flows --format': [['flows', 'a.pcap', '-f', 'csv=@/x']],
  'info --output': [['info', 'a.pcap', '-o', '@/x']],
  'info --format': [['info', 'a.pcap', '-f', 'json=@/x']],
  'dump --write': [
    ['dump', 'a.pcap', '-w', '@/x.pcap'],
    ['dump', 'a.pcap', '-w', '@/x.pcapng'],
    ['dump', 'a.pcap', '-w', '@/x.pcap', '-T', 'json', '-P'],
  ],
  'annotate --output': [
    ['annotate', 'a.pcap', '-o', '@/x.pcapng'],
    ['annotate', 'a.pcap', '-o', '@/x/'],
  ],
  'export --parquet': [['export', 'a.pcap', '--parquet', '@/x']],
  'sql --output': [['sql', 'SELECT 1', 'a.pcap', '-o', '@/x']],
  'sql --format': [['sql', 'SELECT 1', 'a.pcap', '-f', 'csv=@/x']],
  'page --output': [['page', '-o', '@/x']],
  'live --write': [
    ['live', '-', '-w', '@/x.pcapng'],
    ['live', '-', '-w', '@/x.pcapng', '--ring', '10MB,3'],
  ],
  'live --output': [['live', '-', '--findings', '-o', '@/x']],
  'live --format': [['live', '-', '--findings', '-f', 'json=@/x']],
  'live --evidence': [['live', '-', '--findings', '-w', 'kept.pcapng', '--overwrite', '--evidence', '@/x/']],
  'capture --output': [['capture', '--redact', 'bundle', '-o', '@/x']],
  'topology import --output': [['topology', 'import', 'a=addresses.txt', '-o', '@/x']],
  'topology check --output': [['topology', 'check', 't.json', '-o', '@/x']],
  'topology check --format': [['topology', 'check', 't.json', '-f', 'json=@/x']],
  'topology diff --output': [['topology', 'diff', 't.json', 't.json', '-o', '@/x']],
  'topology diff --format': [['topology', 'diff', 't.json', 't.json', '-f', 'json=@/x']],
  'rules --output': [['rules', '-o', '@/x']],
  'rules --format': [['rules', '-f', 'json=@/x']],
  'protocols --output': [['protocols', '-o', '@/x']],
  'protocols --format': [['protocols', '-f', 'json=@/x']],
  'fields --output': [['fields', '-o', '@/x']],
  'fields --format': [['fields', '-f', 'json=@/x']],
};

/** Of what `capture` writes while it captures, test/collect/capture.test.ts has the same. */
const ELSEWHERE = ['capture --format'];

const FULL = 'the disk is full';
const READ_ONLY = 'the file system is read-only';

it('the table has every option that names a file to write', async () => {
  const options = (command: Command, before: readonly string[]): string[] => [
    ...command.options
      .filter(
        ({ long, flags }) => /^--(output|write|evidence|parquet)$/.test(long ?? '') || /^-f, --format <.*=file\]>$/.test(flags),
      )
      .map(({ long }) => [...before, long].join(' ')),
    ...command.commands.flatMap((one) => options(one, [...before, one.name()])),
  ];
  const all = options(await createProgram(() => true), []);
  expect([...Object.keys(WRITES), ...ELSEWHERE].sort()).toEqual(all.sort());
});

describe.each([
  [FULL, 'rw'],
  [READ_ONLY, 'ro'],
])('%s', (why, mode) => {
  const disk = inFolder(`disk-${mode}`);
  mkdirSync(disk);
  // For those that make a report of reports.
  beforeAll(async () => {
    await inOne(['verify', '--no-cache', 'e.yaml', '-f', 'json=report.json']);
  });
  const onDisk = async (run: () => Promise<void> | void): Promise<void> => {
    const mounted =
      process.getuid?.() === 0 && spawnSync('mount', ['-t', 'tmpfs', '-o', `${mode},size=16k`, 'tmpfs', disk]).status === 0;
    if (!mounted) {
      console.log('a disk cannot be mounted here (that takes root): not shown');
      return;
    }
    try {
      if (mode === 'rw') fill(join(disk, 'rest'));
      await run();
    } finally {
      spawnSync('umount', [disk]);
    }
  };

  it.each(some(Object.entries(WRITES), 2))('%s', { timeout: 120_000 }, async (_, runs) => {
    await onDisk(async () => {
      for (const args of runs) {
        const before = readdirSync(disk);
        const whole = args.map((arg) => arg.replaceAll('@', disk));
        const ran =
          args[0] === 'live' ? hopscope(whole, { maxMb: 500, input: readFileSync(inFolder('a.pcap')) }) : await inOne(whole);
        const lines = ran.err.split('\n').filter((line) => line !== '' && !line.startsWith('hopscope: note: '));
        expect(lines, args.join(' ')).toEqual([expect.stringContaining(why)]);
        expect(lines[0]).toContain(disk);
        expect([2, 4], args.join(' ')).toContain(ran.status);
        expect(readdirSync(disk)).toEqual(before);
      }
    });
  });

  it('where temporary files go', { timeout: 120_000 }, async () => {
    await onDisk(() => {
      const before = readdirSync(disk);
      const ran = hopscope(['sql', 'SELECT 1', 'a.pcap'], { env: { TMPDIR: disk }, maxMb: 500 });
      // What is asked for may be so little that it has room on a full disk.
      if (mode === 'ro' || ran.status !== 0) {
        expect(ran.err).toMatch(new RegExp(`^hopscope: .*${why}.*\n$`));
        expect([2, 4]).toContain(ran.status);
      }
      expect(readdirSync(disk)).toEqual(before);
    });
  });
});

/** Writes until there is no room. */
function fill(path: string): void {
  const fd = openSync(path, 'w');
  try {
    for (const size of [4096, 1]) for (;;) if (!wrote(fd, size)) break;
  } finally {
    closeSync(fd);
  }
}

function wrote(fd: number, size: number): boolean {
  try {
    return writeSync(fd, Buffer.alloc(size)) > 0;
  } catch {
    return false;
  }
}
