// What a run reads is not written over by it: rings, side files, and what expectation files name.
import { existsSync, linkSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ethernet, expectOneLine, file, folder, hopscope, inFolder, ipv4, pcap, udp } from './help.js';

const CONTENT = pcap([ethernet(0x0800, ipv4(17, udp(1, 2, new Uint8Array(4))))]);
const LAB = '{"nodes":{"a":{"interfaces":{"eth0":{"addresses":["10.0.1.5/24"]}}}}}';

/** The command is refused, and the file is as it was. */
function refused(args: readonly string[], path: string): void {
  const before = readFileSync(path);
  const { status, err } = hopscope(args, { maxMb: 500 });
  expect(err).toContain('is read by this run');
  expect(status).toBe(2);
  expect(readFileSync(path).equals(before)).toBe(true);
}

describe('inputs', () => {
  it('a followed file that the ring would write', () => {
    const path = file('x-00001.pcapng', CONTENT);
    refused(['live', '--follow', path, '-w', inFolder('x.pcapng'), '--ring', '1MB,2', '--duration', '1s'], path);
    linkSync(path, inFolder('link.pcap'));
    refused(['live', '--follow', inFolder('link.pcap'), '-w', inFolder('x.pcapng'), '--ring', '1MB,2'], path);
  });

  it('the side file of a capture', () => {
    const path = file('side.pcap', CONTENT);
    const side = file('side.pcap.ifmap.json', '{"0": "eth0"}');
    refused(['diagnose', path, '-f', 'json', '-o', side], side);
    refused(['diagnose', path, '-f', `json=${side}`], side);
  });

  it('a topology that an expectation file names', () => {
    file('kept.pcap', CONTENT);
    const lab = file('kept-lab.json', LAB);
    const sheet = file(
      'kept.yaml',
      'version: 1\nname: k\ntopology: kept-lab.json\ncaptures: { a: kept.pcap }\nexpect:\n  - where: udp\n',
    );
    refused(['verify', sheet, '-f', `junit=${lab}`], lab);
    kept(['verify', sheet, '-f', `junit=${inFolder('kept.pcap')}`], inFolder('kept.pcap'), 'is a capture, and is not replaced');
    refused(['live', '-', '--expect', sheet, '-f', `junit=${lab}`], lab);
  });
});

/** Exit code 2, one line that says this, and the file is as it was. */
function kept(args: readonly string[], path: string, says: string): void {
  const before = readFileSync(path);
  const { status, err } = hopscope(args, { maxMb: 500, input: CONTENT });
  expect(err).toContain(says);
  expectOneLine(err);
  expect(status).toBe(2);
  expect(readFileSync(path).equals(before)).toBe(true);
}

describe('packets of an earlier run', () => {
  const source = file('source.pcap', CONTENT);

  it('-w replaces them only with --overwrite', () => {
    const path = file('earlier.pcapng', 'packets that nobody can make again');
    for (const command of [
      ['dump', source],
      ['live', '-'],
    ]) {
      kept([...command, '-w', path], path, `${path} is there already; --overwrite replaces it`);
      writeFileSync(path, 'old');
      expect(hopscope([...command, '-w', path, '--overwrite'], { maxMb: 500, input: CONTENT }).status).toBe(0);
      expect(hopscope(['info', path]).out).toContain('pcapng');
    }
    // Nothing is lost with an empty file, as mktemp makes them.
    expect(hopscope(['dump', source, '-w', file('empty.pcapng', '')]).status).toBe(0);
  });

  it('so does a ring, which then begins without older files', () => {
    const old = ['r-00001.pcapng', 'r-00007.pcapng', 'r-100000.pcapng'].map((name) => file(name, 'old'));
    const others = ['r-1.pcapng', 'r-00001.txt', 'r.pcapng', 'xr-00001.pcapng'].map((name) => file(name, 'other'));
    const ring = ['live', '-', '-w', inFolder('r.pcapng'), '--ring', '1MB,2'];
    for (const path of old) kept(ring, path, 'is there already');
    hopscope([...ring, '--overwrite'], { maxMb: 500, input: CONTENT });
    expect(readdirSync(folder()).filter((name) => /^r-\d{5,}\.pcapng$/.test(name))).toEqual(['r-00001.pcapng']);
    expect(hopscope(['info', old[0]!]).out).toContain('pcapng');
    for (const path of others) expect(readFileSync(path, 'utf8')).toBe('other');
  });

  it('names of interfaces beside it would be those of other packets', () => {
    const side = file('new.pcapng.ifmap.json', '{"0": "eth0"}');
    kept(['dump', source, '-w', inFolder('new.pcapng')], side, `${side} is there already`);
    expect(existsSync(inFolder('new.pcapng'))).toBe(false);
  });

  it('a report replaces an older report, and no capture', () => {
    const report = file('report.json', 'old');
    for (const to of [['-f', 'json', '-o'], ['-f']])
      for (const path of [report, file('other.pcap', CONTENT)]) {
        const args = ['diagnose', source, ...to, to.length === 1 ? `json=${path}` : path];
        if (path !== report) kept(args, path, `${path} is a capture, and is not replaced by a report`);
        else {
          hopscope(args);
          expect(JSON.parse(readFileSync(path, 'utf8'))).toHaveProperty('ledger');
        }
      }
  });
});
