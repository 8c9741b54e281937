import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nearest } from '../../src/bytes/nearest.js';
import { EXIT, exitCodeOf, exitCodeOfError } from '../../src/cli/exit.js';
import { inputsOf, optionsOf, targets } from '../../src/cli/options.js';
import { writeReports, writeTargets, writeWhole } from '../../src/cli/output.js';
import { useColor } from '../../src/cli/streams.js';
import { CaptureError, FilterError, UsageError } from '../../src/errors.js';
import { capture, finding, healthy, missingRoute, run, undecided } from '../report/runs.js';

const flags = { color: 'auto', progress: true } as const;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-out-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('the exit code', () => {
  it.each([
    ['health', healthy, 0],
    ['a fault', missingRoute, 1],
    ['a remark only', run([finding({ rule: 'udp-no-answer', severity: 'info' })]), 0],
    ['an open question', run([finding({ rule: 'arp-no-reply', verdict: 'inconclusive' })]), 3],
    ['a damaged capture', run([], [capture({ error: 'cut' })]), 4],
    ['a fault in a damaged capture', run([...missingRoute.findings], [capture({ error: 'cut' })]), 4],
  ])('of %s', (_, sample, code) => {
    expect(exitCodeOf(sample)).toBe(code);
  });

  it('of errors', () => {
    expect(exitCodeOfError(new UsageError('x'))).toBe(2);
    expect(exitCodeOfError(new FilterError('x', 0, 1))).toBe(2);
    expect(exitCodeOfError(new CaptureError('cut', 'x', 'y'))).toBe(4);
    expect(exitCodeOfError(new TypeError('x'))).toBe(EXIT.internal);
  });
});

describe('colour', () => {
  it.each([
    ['auto', true, {}, true],
    ['auto', false, {}, false],
    ['auto', true, { NO_COLOR: '1' }, false],
    ['auto', true, { NO_COLOR: '' }, true],
    ['auto', true, { TERM: 'dumb' }, false],
    ['auto', false, { FORCE_COLOR: '1' }, true],
    ['auto', true, { FORCE_COLOR: '0' }, false],
    ['auto', false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    ['always', false, { NO_COLOR: '1' }, true],
    ['never', true, { FORCE_COLOR: '1' }, false],
  ] as const)('%s, terminal %s, %j: %s', (choice, tty, env, expected) => {
    expect(useColor(choice, tty, env)).toBe(expected);
  });
});

describe('targets', () => {
  const of = (format: string[], more = {}) => targets({ ...flags, format, ...more });

  it('are the text on standard output unless something else is said', () => {
    expect(of([])).toEqual([{ format: 'text', file: null }]);
    expect(of([], { output: 'a' })).toEqual([{ format: 'text', file: 'a' }]);
    expect(of(['json'], { output: 'a' })).toEqual([{ format: 'json', file: 'a' }]);
    expect(of([], { quiet: true })).toEqual([]);
    expect(of(['junit=o=1.xml', 'sarif=s'])).toEqual([
      { format: 'text', file: null },
      { format: 'junit', file: 'o=1.xml' },
      { format: 'sarif', file: 's' },
    ]);
    expect(of(['junit=o.xml'], { quiet: true })).toEqual([{ format: 'junit', file: 'o.xml' }]);
  });
});

describe('captures and options', () => {
  it('name their point', async () => {
    const odd = join(folder, 'a=b.pcap');
    writeFileSync(odd, '');
    expect((await inputsOf(['router=r.pcap', 'dir/x=y.pcap', '-', odd])).files).toEqual([
      { point: 'router', path: 'r.pcap' },
      { point: null, path: 'dir/x=y.pcap' },
      { point: null, path: '-' },
      { point: null, path: odd },
    ]);
  });

  it('tell rules to run from rules to leave out', () => {
    expect(optionsOf({ rule: ['a', '-b', '-c'] }).rules).toEqual({ only: ['a'], except: ['b', 'c'], settings: [] });
  });

  it('suggest what is near, and nothing that is not', () => {
    expect(nearest('arp-no-replay', ['arp-no-reply', 'arp-flap'])).toBe('arp-no-reply');
    expect(nearest('xyz', ['arp-no-reply'])).toBeNull();
  });
});

describe('files', () => {
  it('are replaced whole, keep their mode, and leave nothing beside them', async () => {
    const path = join(folder, 'r.txt');
    writeFileSync(path, 'old', { mode: 0o640 });
    await writeWhole(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(lstatSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['r.txt']);
  });

  it('are written through a symbolic link', async () => {
    writeFileSync(join(folder, 'real'), 'old');
    symlinkSync('real', join(folder, 'link'));
    await writeWhole(join(folder, 'link'), 'new');
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'real'), 'utf8')).toBe('new');
  });

  it('are written directly when they are a pipe', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = import('node:fs/promises').then((fs) => fs.open(pipe, 'r+'));
    const handle = await reader;
    await writeWhole(pipe, 'hello');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, null);
    await handle.close();
    expect(buffer.toString('utf8', 0, bytesRead)).toBe('hello');
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  it('are refused where they cannot be', async () => {
    mkdirSync(join(folder, 'd'));
    await expect(writeWhole(join(folder, 'd'), 'x')).rejects.toThrow('it is a directory');
    await expect(writeWhole(join(folder, 'no', 'x'), 'x')).rejects.toThrow('the folder does not exist');
  });

  it('are still written when another report fails, and the exit code shows it', async () => {
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const good = join(folder, 'good.json');
    const code = await writeReports(healthy, { ...flags, quiet: true, format: [`tap=${folder}`, `json=${good}`] });
    expect(code).toBe(EXIT.usage);
    expect(JSON.parse(readFileSync(good, 'utf8')).summary.pass).toBe(36);
    expect(stderr.mock.calls.join('')).toContain('it is a directory');
    const thrown = await writeTargets([{ format: 'tap', file: good }], () => {
      throw new TypeError('broken\x1b');
    });
    expect(thrown).toBe(EXIT.internal);
    expect(stderr.mock.calls.join('')).toContain('the tap output failed: broken\\x1b');
  });

  it('hold no colour unless it is asked for', async () => {
    const path = join(folder, 'r.txt');
    vi.stubEnv('FORCE_COLOR', '1');
    expect(await writeReports(undecided, { ...flags, output: path })).toBe(4);
    expect(readFileSync(path, 'utf8')).not.toContain('\x1b');
    await writeReports(undecided, { ...flags, color: 'always', output: path });
    expect(readFileSync(path, 'utf8')).toContain('\x1b[');
  });

  it('get the Markdown report beside the annotations of a GitHub step', async () => {
    const summary = join(folder, 'summary.md');
    vi.stubEnv('GITHUB_STEP_SUMMARY', summary);
    await writeReports(missingRoute, { ...flags, quiet: true, format: [`json=${join(folder, 'x')}`] });
    expect(existsSync(summary)).toBe(false);
    await writeReports(missingRoute, { ...flags, quiet: true, format: [`github=${join(folder, 'x')}`] });
    expect(readFileSync(summary, 'utf8')).toContain('## hopscope: ❌ 1 fault');
  });
});
