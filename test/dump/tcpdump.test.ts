// --style tcpdump against tcpdump itself, where it is installed, on every bundled capture; with each of its options on a share of them.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tcpdumpArguments } from '../../src/cli/tcpdump-arguments.js';
import { some } from '../thorough.js';
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
        .replace(/^((?: *\d+ {2})?(?: ?[\d:.-]+ )*)\S+ +(In |Out|B {2}|M {2}|P {2}) /, '$1IF $2 '),
    );

describe.skipIf(!isKnown)('tcpdump', () => {
  it.each(captures)('prints %s in the same words', async (name) => {
    const path = join(folder, name);
    const reference = spawnSync('tcpdump', ['-nn', '-r', path], { encoding: 'utf8', maxBuffer: 1 << 28 });
    const { text } = await printed(path, { style: 'tcpdump' });
    expect(alike(text)).toEqual(alike(reference.stdout));
  });
});

/** Captures of protocols that tcpdump tells more of with -v; with -e it says of 802.2 what is behind it. */
const DETAILED = /^(bgp|dhcp|dns|isis|lacp|ospf|vrrp)-/;
const OPTIONS = ['e', 'v', 'evv', 'q#', 'tS', 'X', 'A', 'xx', 'XXK', 'ttttt', 'ttt'];

describe.skipIf(!isKnown)('options of tcpdump', () => {
  const cases = OPTIONS.flatMap((letters, n) =>
    some(
      captures.filter((name) => !/[ev]/.test(letters) || !DETAILED.test(name)).filter((_, i) => i % OPTIONS.length === n),
      4,
    ).map((name) => ({ letters, name })),
  );
  it.each(cases)('-$letters prints $name in the same words', async ({ letters, name }) => {
    const path = join(folder, name);
    const reference = spawnSync('tcpdump', [`-nn${letters}`, '-r', path], { encoding: 'utf8', maxBuffer: 1 << 28 });
    const { text } = await printed(path, { style: 'tcpdump', tcpdumpLetters: letters });
    expect(alike(text)).toEqual(alike(reference.stdout));
  });
});

describe('letters of tcpdump', () => {
  it.each([
    ['-nnevvr f.pcap', '-r f.pcap --tcpdump-letters=evv'],
    ['-A -s0 -c 3 f.pcap tcp port 80', '-s0 -c 3 f.pcap tcp port 80 --tcpdump-letters=A'],
    ['-Xc3 f.pcap', '-c3 f.pcap --tcpdump-letters=X'],
    ['--number -tttt f.pcap', 'f.pcap --tcpdump-letters=#tttt'],
    ['-t lab.yaml f.pcap', '-t lab.yaml f.pcap'],
    ['-t ad -e f.pcap', '-t ad f.pcap --tcpdump-letters=e'],
    ['-t f.pcap', 'f.pcap --tcpdump-letters=t'],
    ['-nn f.pcap', 'f.pcap'],
    ['-Y tcp -z io,phs f.pcap', '-Y tcp -z io,phs f.pcap'],
    ['f.pcap -- -e', 'f.pcap -- -e'],
  ])('%s', (given, meant) => {
    expect(tcpdumpArguments(given.split(' ')).join(' ')).toBe(meant);
  });
});

it('characters that a terminal would obey are dots below a line, too', async () => {
  const { text } = await printed(join(folder, 'tcp-zero-window.pcap'), { style: 'tcpdump', tcpdumpLetters: 'A' });
  expect(text).toMatch(/^[\t\n -~]+$/);
});
