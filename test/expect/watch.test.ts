// hopscope verify --watch as a person at a terminal has it: a child process that runs again when a file changes.
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

const CLI = process.env['HOPSCOPE_CLI'] ?? resolve('dist/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'hopscope-watch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let child: ChildProcess | null = null;
afterEach(() => {
  child?.kill('SIGKILL');
});

/** A run that goes on; `next` waits for the next whole report and gives its text. */
function watching(...args: string[]): { next(): Promise<string>; errors(): string; end(): Promise<number | null> } {
  const own = spawn(process.execPath, [CLI, 'verify', '--watch', '--no-progress', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = own;
  let [out, err, reports, taken] = ['', '', 0, 0];
  let wake = () => {};
  own.stdout.on('data', (data) => {
    out += data;
  });
  own.stderr.on('data', (data) => {
    err += data;
    reports = err.match(/^watching; Ctrl-C ends it$/gm)?.length ?? 0;
    wake();
  });
  return {
    async next() {
      while (reports <= taken)
        await new Promise<void>((go) => {
          wake = go;
        });
      taken = reports;
      // Standard output was written before the line on standard error; the two pipes may be read in another order.
      await new Promise((go) => setTimeout(go, 50));
      const text = out;
      out = '';
      return text;
    },
    errors: () => err,
    end: () =>
      new Promise((ended) => {
        own.on('exit', ended);
        own.kill('SIGINT');
      }),
  };
}

const HEALTHY = resolve('captures/native-healthy.pcap');
const FAULTY = resolve('captures/native-missing-route.pcap');
const wanting = (path: string) =>
  `version: 1\nname: watched\nifmap: { 2: eth0, 3: eth1, 4: eth2 }\ncaptures: { router: today.pcap }\nexpect:\n  - name: the way\n    flow: { src: 172.20.0.96, dst: 172.20.2.0/24 }\n    path: [in eth1, out ${path}]\n`;

describe('--watch', () => {
  it('runs again when an expectation changes, when a capture does, and after a mistake', async () => {
    const [capture, file] = [join(folder, 'today.pcap'), join(folder, 'e.yaml')];
    copyFileSync(HEALTHY, capture);
    writeFileSync(file, wanting('eth2'));
    const run = watching(file);
    expect(await run.next()).toMatch(/✓ the way[\s\S]*1 passed/);

    writeFileSync(file, wanting('eth0'));
    expect(await run.next()).toMatch(/seen +in eth1 → out eth2[\s\S]*1 failed/);

    // As `tcpdump -w` and most editors do it: another file takes the name.
    copyFileSync(FAULTY, `${capture}.new`);
    renameSync(`${capture}.new`, capture);
    expect(await run.next()).toMatch(/✓ the way[\s\S]*1 passed/);

    writeFileSync(file, wanting('eth0').replace('flow:', 'flwo:'));
    expect(await run.next()).toBe('');
    expect(run.errors()).toMatch(/e\.yaml:7:5: unknown key 'flwo' in expect\.0; did you mean 'flow'\?/);

    writeFileSync(file, wanting('eth2'));
    expect(await run.next()).toMatch(/seen +in eth1 → out eth0[\s\S]*1 failed/);

    // The exit code is that of the last run.
    expect(await run.end()).toBe(1);
  });

  it('waits for what does not exist yet', async () => {
    const sub = mkdtempSync(join(folder, 'later-'));
    const file = join(sub, 'e.yaml');
    writeFileSync(file, wanting('eth2'));
    const run = watching(file);
    await run.next();
    expect(run.errors()).toMatch(/e\.yaml:4:\d+: .*today\.pcap does not exist/);
    writeFileSync(join(sub, 'today.pcap'), readFileSync(HEALTHY));
    expect(await run.next()).toMatch(/1 passed/);
    expect(await run.end()).toBe(0);
  });
});
