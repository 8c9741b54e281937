// What a run reads is not written over by it: rings, side files, and what expectation files name.
import { linkSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ethernet, file, hopscope, inFolder, ipv4, pcap, udp } from './help.js';

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
    refused(['verify', sheet, '-f', `junit=${inFolder('kept.pcap')}`], inFolder('kept.pcap'));
    refused(['live', '-', '--expect', sheet, '-f', `junit=${lab}`], lab);
  });
});
