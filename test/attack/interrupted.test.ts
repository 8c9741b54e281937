// Interrupted is not passed: Ctrl-C while a capture is read makes every command say that it is not all, with exit code 3, or 130 where nothing
// could be said. The capture comes by a pipe that stands still, so that the moment is the same each time.
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InterruptedError } from '../../src/errors.js';
import { record } from '../../src/main/record.js';
import { finished, type Outcome } from '../cli/child.js';
import { startReading } from '../cli/reading.js';
import { PLAIN } from '../main/options.js';
import { some } from '../thorough.js';
import { answered, pcapAt, silentServer } from './floods.js';
import { CLI, file, folder, inFolder } from './help.js';

/** Healthy at first; the fault comes in what is not read. */
const capture = pcapAt([...answered(300, 0), ...silentServer(60e6), ...answered(1, 90e6)]);
const HALF = Math.floor(capture.length / 2);
file('good.pcap', pcapAt(answered(300, 0)));

/** Runs hopscope, gives it `bytes` of the capture by a pipe that stays open, and interrupts it when it has read them. */
async function interrupted(args: readonly string[], bytes = HALF): Promise<Outcome> {
  // Once it reads, the program has its handlers.
  const { child, hasRead } = startReading([CLI, ...args], bytes, {
    cwd: folder(),
    env: { ...process.env, HOPSCOPE_WORKERS: '0' },
  });
  const ended = finished(child);
  child.stdin.on('error', () => {});
  child.stdin.write(capture.subarray(0, bytes));
  await hasRead;
  child.kill('SIGINT');
  const outcome = await ended;
  child.stdin.destroy();
  return outcome;
}

const sheet = file(
  'half.yaml',
  'version: 1\nname: half\nexpect:\n  - name: no fault\n    findings: { none: [error] }\n  - name: all answered\n    flow: { src: 10.9.1.5, dst: 10.10.2.6, proto: tcp }\n    answered: true\n',
);
const verify = ['verify', sheet, '--capture', 'a=-'];

describe('in the middle', () => {
  it.each(some(['text', 'json', 'junit', 'sarif', 'github', 'markdown', 'tap'], 3))('diagnose -f %s', async (format) => {
    const { code, stdout } = await interrupted(['diagnose', '-', '-f', format]);
    expect(stdout).toContain('interrupted');
    expect(stdout).not.toContain('nothing wrong found');
    expect(code).toBe(3);
  });

  it.each(['text', 'junit'])('verify -f %s', async (format) => {
    const { code, stdout } = await interrupted([...verify, '-f', format]);
    expect(stdout).toContain('the reading was interrupted');
    expect(stdout).not.toMatch(/\d+ passed/);
    expect(code).toBe(3);
  });

  it('diff invents no difference', async () => {
    const { code, stdout } = await interrupted(['diff', 'good.pcap', '-', '-f', 'json']);
    const { findings } = JSON.parse(stdout);
    expect(findings.filter(({ verdict }: { verdict: string }) => verdict === 'fail')).toEqual([]);
    expect(code).toBe(3);
  });

  it.each([
    ['flows', ['flows', '-']],
    ['dump', ['dump', '-']],
    ['dump -T json', ['dump', '-', '-T', 'json']],
    ['follow', ['follow', '-', '0']],
  ])('%s', async (name, args) => {
    const { code, stdout, stderr } = await interrupted(args);
    expect(stderr).toMatch(/interrupted/);
    expect([3, 130]).toContain(code);
    if (name === 'dump -T json') expect(() => JSON.parse(stdout)).toThrow();
  });

  it.each([
    ['flows', ['flows', '-', '-f', 'csv=part.csv']],
    ['info', ['info', '-', '-f', 'text=part.txt']],
    ['dump', ['dump', '-', '-w', 'part.pcap']],
    ['export', ['export', '-', '--parquet', 'part']],
  ])('%s writes no file that looks whole', async (_, args) => {
    const { code } = await interrupted(args);
    expect([3, 130]).toContain(code);
    expect(readdirSync(folder()).filter((name) => name.includes('part'))).toEqual([]);
  });

  it('record drafts nothing', async () => {
    const files = [{ point: null, path: inFolder('good.pcap') }];
    await expect(record({ ...PLAIN, files, signal: AbortSignal.abort() }, null)).rejects.toThrow(InterruptedError);
  });
});

describe('before the first frame', () => {
  it.each([
    ['diagnose', ['diagnose', '-']],
    ['diagnose -o', ['diagnose', '-', '-f', 'json', '-o', 'part.json']],
    ['verify', verify],
    ['diff', ['diff', 'good.pcap', '-']],
    ['flows', ['flows', '-']],
    ['dump', ['dump', '-']],
    ['info', ['info', '-']],
  ])('%s says nothing', async (_, args) => {
    const { code, stdout } = await interrupted(args, 24);
    expect(code).toBe(130);
    expect(stdout.trim()).toBe('');
    expect(existsSync(inFolder('part.json'))).toBe(false);
  });
});
