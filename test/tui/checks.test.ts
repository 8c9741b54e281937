// Expectations in the screen: how they stand, their evidence, and that they are checked again when a file changes.
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Pty } from './pty.js';

const CAPTURE = 'captures/native-missing-route.pcap';
const SHEET = 'expectations/native-routing.yaml';

let pty: Pty;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-checks-'));
});
afterEach(async () => {
  await pty?.close();
  rmSync(folder, { recursive: true, force: true });
});

const sheet = (expectations: string) => {
  const path = join(folder, 'mine.yaml');
  writeFileSync(path, `version: 1\nname: mine\nexpect:\n${expectations}`);
  return path;
};

describe.each([
  [80, 24],
  [120, 40],
  [200, 50],
])('checks at %ix%i', (cols, rows) => {
  it('stand in front with their state, and lead to their evidence', async () => {
    pty = Pty.show(['tui', CAPTURE, '--expect', SHEET], { cols, rows });
    // As `verify` says of these files.
    await pty.until('5 failed · 1 holds');
    await pty.until(/1 fault/);
    expect(pty.lines()[0]).toContain('! 5 of 6 checks');
    expect(pty.text()).toMatch(/^! pods on k8s-w0 are reached through/m);
    expect(pty.text()).toMatch(/^\+ nodes reach each other +2 conversations/m);
    await pty.until(/^ expected +path in eth1 → out eth2/m);
    await pty.press('\r');
    await pty.until(/pods on k8s-w0 are reached through eth2: 1 of 2/);
    // Interfaces have the names of the topology that the file names.
    expect(pty.line(/^! +3 /)).toContain('in eth1');
    await pty.press('n');
    await pty.until(/pods on k8s-w0 are reached through eth2: 2 of 2/);
    await pty.press('v');
    await pty.until('5 failed · 1 holds');
    await pty.press('n');
    await pty.until(/! failed: pods on k8s-w0 reach the others/);
    expect(pty.clears).toBe(1);
  });
});

it('are checked again when their file changes, mistakes too, and the chosen one stays chosen', async () => {
  const one = '  - name: somebody pings\n    where: icmp\n';
  const path = sheet(one);
  pty = Pty.show(['tui', CAPTURE, '--expect', path], { cols: 120, rows: 40 });
  await pty.until('1 holds');
  await pty.until('+ holds: somebody pings');
  appendFileSync(
    path,
    '  - name: nobody uses http\n    where: http\n    count: 0\n  - name: somebody uses dns\n    where: dns\n',
  );
  // tshark -Y http: 4 frames; -Y dns: none.
  await pty.until(/2 failed · 1 holds/);
  expect(pty.text()).toContain('+ holds: somebody pings');
  writeFileSync(path, readFileSync(path, 'utf8').replace('where: dns', 'wehre: dns'));
  await pty.until(/wehre/);
  writeFileSync(path, `version: 1\nname: mine\nexpect:\n${one}`);
  await pty.until(/^ 1 holds/m);
  // Each frame once: the journey of the first one is among the others.
  writeFileSync(path, `version: 1\nname: mine\nexpect:\n${one}    count: 0\n`);
  await pty.until('failed: somebody pings');
  const frames = pty.lines().flatMap((line) => /(frame \d+) /.exec(line)?.[1] ?? []);
  expect(frames.length).toBeGreaterThan(3);
  expect(new Set(frames).size).toBe(frames.length);
});

it('of a capture that grows say what may still come', async () => {
  const file = join(folder, 'growing.pcap');
  const whole = readFileSync(CAPTURE);
  copyFileSync(CAPTURE, file);
  // Two packets: ARP alone.
  writeFileSync(file, whole.subarray(0, 24 + 2 * (16 + 48)));
  const path = sheet('  - name: somebody pings\n    where: icmp\n  - name: nobody asks by arp\n    where: arp\n    count: 0\n');
  pty = Pty.show(['tui', '--follow', file, '--expect', path], { cols: 120, rows: 40 });
  await pty.until(/1 failed · 1 not yet/);
  expect(pty.text()).toMatch(/^… somebody pings/m);
  appendFileSync(file, whole.subarray(24 + 2 * (16 + 48)));
  await pty.until(/1 failed · 1 holds/);
});

it('without --expect the view says how to get them', async () => {
  pty = Pty.show(['tui', CAPTURE], { cols: 120, rows: 40 });
  await pty.until('1 fault');
  await pty.press('v');
  await pty.until('hopscope tui --expect FILE');
});
