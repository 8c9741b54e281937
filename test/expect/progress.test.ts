// What a person at a terminal sees of a long run: a line that moves, and nothing of it in the end.
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { afterAll, expect, it } from 'vitest';
import { echo, ipv4, sll2 } from '../rules/lab.js';
import { pcap } from './help.js';

const CLI = process.env['HOPSCOPE_CLI'] ?? resolve('dist/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'hopscope-progress-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('verify tells how far it is, on a terminal only', async () => {
  const [pipe, file] = [join(folder, 'slow.pcap'), join(folder, 'e.yaml')];
  execFileSync('mkfifo', [pipe]);
  writeFileSync(file, 'version: 1\nname: slow\ncaptures: { router: slow.pcap }\nexpect: [{ name: pings, where: icmp }]\n');
  // Where CI is set, ink draws nothing.
  const { CI: _, ...env } = process.env;
  const terminal = spawn(process.execPath, [CLI, 'verify', file], {
    cols: 100,
    rows: 30,
    env: { ...env, TERM: 'xterm', NO_COLOR: '1' },
  });
  let shown = '';
  terminal.onData((data) => {
    shown = `${shown}${data}`.replace(/\x1b\[[?\d;]*[A-Za-z]/g, '');
  });
  const ended = new Promise<number>((done) => terminal.onExit(({ exitCode }) => done(exitCode)));
  // Frames come for as long as it takes until something is to be seen.
  const frames = pcap(
    Array.from({ length: 2048 }, (_, i) =>
      sll2({ if: 3 }, ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, echo({ seq: i + 1, data: 8 }))),
    ),
  );
  const out = createWriteStream(pipe);
  out.write(frames.subarray(0, 24));
  for (let i = 0; i < 200 && !/reading.* frames/.test(shown); i++) {
    for (let k = 0; k < 4; k++) out.write(frames.subarray(24));
    await new Promise((go) => setTimeout(go, 100));
  }
  out.end();
  expect(await ended).toBe(0);
  expect(shown).toMatch(/reading +[\d ]+ frames +[\d.]+ MB/);
  expect(shown).toMatch(/Ctrl-C ends the load and reports what was read/);
  // The report stands alone below what was taken away.
  expect(shown.slice(shown.lastIndexOf('reading'))).toMatch(/1 passed \(1 expectation, [\d ]+ frames/);
});
