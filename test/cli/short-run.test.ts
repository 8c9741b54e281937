// What a run of small files spares itself: dist/cli.js in a child process, and what its arguments say of it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isShort } from '../../src/cli/short-run.js';

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-short-'));
  for (const name of ['a.pcap', 'b.pcap', 'large.pcap']) writeFileSync(at(name), name);
  truncateSync(at('large.pcap'), 1 << 16);
  mkdirSync(at('folder'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a run is short', () => {
  it.each<[string, () => string[], boolean]>([
    ['of one small file', () => [at('a.pcap')], true],
    ['with a command and an option', () => ['dump', '-V', at('a.pcap')], true],
    ['of several points', () => [`gw=${at('a.pcap')}`, `w0=${at('b.pcap')}`, `--topology=${at('b.pcap')}`], true],
    ['not with a large file', () => [at('large.pcap'), at('a.pcap')], false],
    ['not with one that has a name or an option', () => [at('a.pcap'), `gw=${at('large.pcap')}`], false],
    ['not of a folder', () => [at('a.pcap'), at('folder')], false],
    ['not of a pipe', () => ['-'], false],
    ['not of a pipe beside a file', () => ['gw=-', '-t', at('a.pcap')], false],
    ['not where it lasts or reads what no argument names', () => ['tui', at('a.pcap')], false],
    ['not of files that are not there, or have no possible name', () => ['no-such.pcap', 'a\0b'], false],
  ])('%s', (_, args, isIt) => expect(isShort(args())).toBe(isIt));
});

it('loads no part of Node.js that it does not use, and neither stops to collect nor compiles to fast code', () => {
  writeFileSync(
    at('told.cjs'),
    `const v8 = require('node:v8');
    const flags = [];
    const { setFlagsFromString } = v8;
    v8.setFlagsFromString = (flag) => (flags.push(flag), setFlagsFromString(flag));
    process.once('exit', () => {
      const space = v8.getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
      process.stderr.write(JSON.stringify({ loaded: process.moduleLoadList, young: space.space_size, flags }));
    });`,
  );
  const run = (capture: string) => {
    const { stderr } = spawnSync(process.execPath, ['-r', at('told.cjs'), 'dist/cli.js', ...capture.split(' ')], {
      encoding: 'utf8',
    });
    return JSON.parse(stderr) as { loaded: string[]; young: number; flags: string[] };
  };
  const short = run('captures/native-missing-route.pcap -t captures/native-missing-route.topology.yaml');
  expect(short.loaded).toContain('NativeModule crypto');
  for (const unused of ['child_process', 'zlib']) expect(short.loaded).not.toContain(`NativeModule ${unused}`);
  expect(short.young, 'room for young objects').toBeGreaterThan(8 << 20);
  expect(short.flags).toContain('--no-opt');
  const other = run('diff captures/native-missing-route.pcap captures/native-missing-route.pcap');
  expect(other.young).toBeLessThan(8 << 20);
  expect(other.flags).not.toContain('--no-opt');
});
