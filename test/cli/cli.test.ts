// The program as a shell sees it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../src/report/version.js';
import { finished } from './child.js';
import { loaded } from './loaded.js';

const CLI = resolve('dist/cli.js');

let folder: string;
let capture: string;
let cut: string;

/** 32-bit words, little endian. */
const words = (...values: number[]) => Buffer.from(new Uint32Array(values).buffer);

/** A classic pcap, microseconds, little endian, Ethernet, with frames of 60 bytes of zeros, one a second. */
function pcap(frames: number): Buffer {
  const header = Buffer.alloc(24);
  header.set(words(0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1));
  const records = Array.from({ length: frames }, (_, i) => {
    const record = Buffer.alloc(16 + 60);
    record.set(words(1_700_000_000 + i, 250_000, 60, 60));
    return record;
  });
  return Buffer.concat([header, ...records]);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-cli-'));
  capture = join(folder, 'three.pcap');
  cut = join(folder, 'cut.pcap');
  writeFileSync(capture, pcap(3));
  writeFileSync(cut, pcap(3).subarray(0, -7));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hopscope = loaded();

describe('the command line', () => {
  it('prints its version and help', async () => {
    expect(await hopscope('--version')).toMatchObject({ code: 0, stdout: `hopscope ${VERSION}\n`, stderr: '' });
    const help = await hopscope('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('Examples:');
    for (const command of ['diagnose', 'info', 'rules']) {
      const page = await hopscope(command, '--help');
      expect(page.code).toBe(0);
      expect(page.stdout).toContain(`Usage: hopscope ${command}`);
      expect(page.stdout).toContain('Examples:');
      expect((await hopscope('help', command)).stdout).toBe(page.stdout);
    }
  });

  it('shows the help and fails when nothing is asked for', async () => {
    const outcome = await hopscope();
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain('Usage: hopscope');
  });

  it.each([
    [['info', '--formt', 'json', 'x'], "unknown option '--formt' (Did you mean --format?)"],
    [['x.pcap', '--topologie', 'y'], "unknown option '--topologie' (Did you mean --topology?)"],
    [['diagnoze'], "no command and no file is called 'diagnoze'; did you mean 'diagnose'?"],
    [['versoin'], "no command and no file is called 'versoin'; did you mean 'version'?"],
    [['help', 'dmup'], "no command is called 'dmup'; did you mean 'dump'?"],
    [['explain', 'arp-no-repl'], "no command and no file is called 'explain'; did you mean 'hopscope rules arp-no-reply'?"],
    [
      ['arp-no-reply'],
      "no command and no file is called 'arp-no-reply'; 'hopscope rules arp-no-reply' prints the page of that rule",
    ],
    [['x.pcap', '-f', 'jsn'], "unknown format 'jsn'; did you mean 'json'?"],
    [['x.pcap', '-f', 'junit='], 'the file name is missing'],
    [['x.pcap', '-f', 'json', '-f', 'tap'], 'give one a file: --format tap=FILE'],
    [['x.pcap', '-f', 'json=a', '-f', 'tap=a'], 'two formats for one file, a'],
    [['x.pcap', '--color', 'sometimes'], 'Allowed choices are auto, always, never'],
    [['x.pcap', '--rule'], "option '--rule <id>' argument missing"],
    [['info'], "missing required argument 'files'"],
    [['info', '-', '-'], 'standard input (-) can be read only once'],
  ])('%j is wrong usage', async (args, message) => {
    const outcome = await hopscope(...args);
    expect(outcome.stderr).toContain(message);
    expect(outcome.stderr).toMatch(/^hopscope: /);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
  });

  it('does not obey what a file name holds', async () => {
    const outcome = await hopscope('info', 'no\x1b[31m\nhopscope: all is well');
    expect(outcome.code).toBe(4);
    expect(outcome.stderr).not.toContain('\x1b');
  });
});

describe('info', () => {
  it('prints the properties of a capture', async () => {
    const { code, stdout, stderr } = await hopscope('info', capture);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^format +pcap, microsecond, little endian$/m);
    expect(stdout).toMatch(/^frames +3$/m);
    expect(stdout).toMatch(/^first +2023-11-14T22:13:20\.250000000Z$/m);
    expect(stdout).toMatch(/^duration +2 s$/m);
  });

  it('lists the interface numbers of a capture on any, and how packets went', async () => {
    const { stdout } = await hopscope('info', 'captures/vxlan-router.pcap');
    const lines = [...stdout.matchAll(/^number (\d) +(\d+) in, (\d+) out$/gm)].map((match) => match.slice(1).map(Number));
    expect(lines.map(([index]) => index)).toEqual([2, 3, 4]);
    expect(lines.reduce((sum, [, into, out]) => sum + into! + out!, 0)).toBe(150);
  });

  it("reads an option's value before the command by that command's own declarations", async () => {
    const three = await hopscope('dump', '-c', '2', capture);
    expect(three.stdout.trimEnd().split('\n')).toHaveLength(2);
    for (const before of [['-c', '2'], ['-c2'], ['-nc', '2'], ['--count=2'], ['--count', '2']])
      expect((await hopscope(...before, 'dump', capture)).stdout, before.join(' ')).toBe(three.stdout);
    // The name of a command is a value here.
    expect((await hopscope('-f', 'dump', capture)).stderr).toContain("unknown format 'dump'");
    expect((await hopscope('--nonsense', 'dump', capture)).stderr).toContain("Try 'hopscope dump --help'");
  });

  it('takes options before the command, and writes JSON', async () => {
    const { code, stdout } = await hopscope('-f', 'json', 'info', capture);
    expect(code).toBe(0);
    const [facts] = JSON.parse(stdout).captures;
    expect(facts).toMatchObject({
      frames: 3,
      wireBytes: 180,
      linkTypes: ['EN10MB'],
      durationNs: 2e9,
      timeStepsBack: 0,
      error: null,
    });
  });

  it('says where a capture breaks off, prints what was whole, and exits with 4', async () => {
    const { code, stdout, stderr } = await hopscope('info', cut);
    expect(code).toBe(4);
    expect(stdout).toMatch(/^frames +2$/m);
    expect(stderr).toMatch(/^hopscope: .*cut\.pcap.*\n$/);
  });

  it('exits with 4 when there is no such file', async () => {
    expect(await hopscope('info', join(folder, 'none.pcap'))).toMatchObject({ code: 4, stdout: '' });
  });

  it('ends quietly when nobody reads on', async () => {
    const files = Array.from({ length: 600 }, () => capture);
    const child = spawn('bash', ['-c', 'set -o pipefail; "$@" | head -1', 'bash', process.execPath, CLI, 'info', ...files]);
    expect(await finished(child)).toMatchObject({ code: 0, stdout: `file         ${capture}\n`, stderr: '' });
  });

  it('reports what it has on Ctrl-C', async () => {
    const child = spawn(process.execPath, [CLI, 'info', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
    // More than a pipe holds: once all of it is taken, the command has begun to read.
    child.stdin!.write(pcap(4000), () => child.kill('SIGINT'));
    const { code, stdout } = await finished(child);
    expect(code).toBe(3);
    expect(Number(/^frames +(\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(0);
  });
});
