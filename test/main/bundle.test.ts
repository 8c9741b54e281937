// Folders of captures: what each file is taken for, and what is made of all of them.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit.js';
import { analyzeOptions } from '../../src/cli/options.js';
import { analyze } from '../../src/main/analyze.js';
import { expand, kindOf, openBundle } from '../../src/main/bundle.js';

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

  it('made by capture repeats what went wrong then, in reports and exit code', async () => {
    const run = join(folder, 'run');
    mkdirSync(run);
    copyFileSync(join(CAPTURES, 'native-healthy.pcap'), join(run, 'router.pcap'));
    const write = (points: object, commands: object[] = []) =>
      writeFileSync(
        join(run, 'bundle.json'),
        JSON.stringify({ version: 1, points: { router: { captures: ['router.pcap'], state: 'ended' }, ...points }, commands }),
      );
    const judged = async () => {
      const report = await analyze({ ...(await analyzeOptions([run], {})), workers: 0 });
      return { code: exitCodeOf(report), report };
    };
    write({}, [{ command: 'ping -c 1 192.0.2.1', end: 0 }]);
    const whole = await judged();
    expect(whole).toMatchObject({ code: 0, report: { findings: [] } });
    expect(whole.report.captures[0]).not.toHaveProperty('lacking');
    write(
      {
        webpod: { captures: [], state: 'failed', why: 'connection refused', missing: [] },
        w1: { captures: [], state: 'ended', missing: [{ what: 'nft (before)', why: 'not found' }] },
      },
      [{ command: './smoke-test.sh', end: 7 }],
    );
    const { code, report } = await judged();
    expect(code).toBe(3);
    expect(report.captures[0]!.lacking).toEqual([
      'webpod failed: connection refused',
      "'./smoke-test.sh' ended with exit code 7",
    ]);
    expect(report.findings).toMatchObject([
      { rule: 'run-incomplete', verdict: 'inconclusive', title: 'Not all was captured at webpod', subject: { node: 'webpod' } },
    ]);
    const { untaken } = (await openBundle(run, tmpdir))!;
    expect(untaken).toEqual(['w1: without nft (before): not found']);
    write({}, [{ command: './smoke-test.sh', end: 'SIGTERM' }]);
    expect(await judged()).toMatchObject({ code: 3, report: { findings: [] } });
    rmSync(run, { recursive: true });
  });

  it('without a capture is refused', async () => {
    const none = join(folder, 'none');
    mkdirSync(none);
    await expect(expand([{ point: null, path: none }], tmpdir)).rejects.toThrow(/none: no capture is in it/);
  });
});

describe('a topology file among others', () => {
  it.each([
    ['YAML', 'lab.yaml', '# of the lab\npods: {}\nnodes:\n  w1: {}\n', 'topology'],
    ['JSON', 'lab.json', '{\n  "pods": {},\n  "nodes": {\n    "w1": {}\n  }\n}\n', 'topology'],
    ['JSON on one line', 'lab.json', '{"nodes": {"w1": {}}}', 'topology'],
    ['JSON with its keys behind the bracket', 'lab.json', '{"pods": {},\n "nodes": {"w1": {}}}', 'topology'],
    [
      'a schema that has nodes further in',
      'a.json',
      '{\n  "type": "object",\n  "graph": {\n    "nodes": {\n    }\n  }\n}\n',
      'text',
    ],
    ['values of a chart', 'values.yaml', 'cluster:\n  nodes:\n    count: 3\n', 'text'],
  ])('%s', (_, name, content, taken) => {
    const path = join(folder, `kind-${name}`);
    writeFileSync(path, content);
    expect(kindOf(name, path).taken).toBe(taken);
    rmSync(path);
  });
});
