// Folders of captures: what each file is taken for, and what is made of all of them.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyzeOptions } from '../../src/cli/options.js';
import { analyze } from '../../src/main/analyze.js';
import { expand, openBundle } from '../../src/main/bundle.js';

const CAPTURES = resolve(import.meta.dirname, '../../captures');
const PACKET = '09:00:00.000001 eth0  In  IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64\n';
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-bundle-'));
  mkdirSync(join(folder, 'texts'));
  copyFileSync(join(CAPTURES, 'native-missing-route.pcap'), join(folder, 'router-any.pcap'));
  writeFileSync(join(folder, 'k8s-w0-eth1.pcap.gz'), gzipSync(readFileSync(join(CAPTURES, 'native-healthy.pcap'))));
  copyFileSync(join(CAPTURES, 'native-missing-route.topology.yaml'), join(folder, 'lab.yaml'));
  writeFileSync(join(folder, 'texts/log.txt'), `root@w5:~# tcpdump -ni any\n${PACKET}root@w6:~# tcpdump -ni any\n${PACKET}`);
  writeFileSync(join(folder, 'texts/host-x.log'), PACKET);
  writeFileSync(join(folder, 'checks.yaml'), 'version: 1\nexpect:\n  - name: x\n');
  writeFileSync(join(folder, 'notes.txt'), 'default via 10.0.0.1 dev eth0\n');
  writeFileSync(join(folder, 'junk.bin'), Uint8Array.of(0, 1, 2, 3));
  writeFileSync(join(folder, 'empty.pcap'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a folder', () => {
  it('gives captures their points, by name or by prompt, and says what each file is', async () => {
    const { captures, known, files } = (await openBundle(folder, tmpdir))!;
    const short = (path: string) => path.slice(folder.length + 1);
    expect(captures.map(({ path }) => short(path))).toEqual([
      'k8s-w0-eth1.pcap.gz',
      'router-any.pcap',
      'texts/host-x.log',
      'texts/log.txt#w5',
      'texts/log.txt#w6',
    ]);
    expect(known.map(({ path, isTopology, machine }) => [short(path), isTopology, machine])).toEqual([
      ['lab.yaml', true, 'lab'],
      ['notes.txt', false, null],
      ['texts/host-x.log', false, 'host-x'],
      ['texts/log.txt', false, 'texts'],
    ]);
    expect(files.map(({ path, taken }) => `${short(path)} ${taken}`)).toEqual([
      'checks.yaml expectations',
      'empty.pcap nothing',
      'junk.bin nothing',
      'k8s-w0-eth1.pcap.gz capture',
      'lab.yaml topology',
      'notes.txt text',
      'router-any.pcap capture',
      'texts/host-x.log printed text',
      'texts/log.txt printed text',
    ]);
  });

  it('is analysed with its topology', async () => {
    rmSync(join(folder, 'k8s-w0-eth1.pcap.gz'));
    rmSync(join(folder, 'texts'), { recursive: true });
    const run = await analyze({ ...(await analyzeOptions([folder], {})), workers: 0 });
    expect(run.captures.map(({ point }) => point)).toEqual(['router']);
    expect(run.findings[0]).toMatchObject({
      rule: 'egress-wrong-interface',
      subject: { node: 'router', interfaceExpected: 'eth2' },
    });
  });

  it('without a capture is refused', async () => {
    const none = join(folder, 'none');
    mkdirSync(none);
    await expect(expand([{ point: null, path: none }], tmpdir)).rejects.toThrow(/none: no capture is in it/);
  });
});
