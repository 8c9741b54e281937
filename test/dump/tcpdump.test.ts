// --style tcpdump against tcpdump itself, where it is installed, on every bundled capture.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { printed } from './print.js';

// Lines changed between versions; these are the ones of Debian 12 and Ubuntu 24.04.
const version = spawnSync('tcpdump', ['--version'], { encoding: 'utf8' });
const isKnown = /tcpdump version 4\.99/.test(`${version.stdout}${version.stderr}`);
if (!isKnown) console.log('tests against tcpdump are left out: tcpdump 4.99 is not installed');

const folder = resolve('captures');
// tcpdump knows more link types than hopscope, and takes what uses UDP port 49152, where BFD's source ports begin, for BCM-LI.
const OTHERWISE = ['unknown-link.pcap', 'bfd-down.pcap'];
const captures = readdirSync(folder).filter((name) => /\.pcap(ng)?$/.test(name) && !OTHERWISE.includes(name));

/** tcpdump 4.99 calls port 8472 OTV, and names interfaces as the machine that reads. */
const alike = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) =>
      line
        .replace(/OTV, flags \[(.)\] \((0x..)\), overlay 0, instance (\d+)/, 'VXLAN, flags [$1] ($2), vni $3')
        .replace(/^(\S+) \S+ +(In |Out|B {2}|M {2}|P {2}) /, '$1 IF $2 '),
    );

describe.skipIf(!isKnown)('tcpdump', () => {
  it.each(captures)('prints %s in the same words', async (name) => {
    const path = join(folder, name);
    const reference = spawnSync('tcpdump', ['-nn', '-r', path], { encoding: 'utf8', maxBuffer: 1 << 28 });
    const { text } = await printed(path, { style: 'tcpdump' });
    expect(alike(text)).toEqual(alike(reference.stdout));
  });
});
