// A capture and the text that tcpdump prints of it give the same first finding, wherever the text holds what is needed.
//
//   HOPSCOPE_LABS=FOLDER npx vitest run test/texts/round-trip.test.ts     all captures of a folder in all forms
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/main/analyze.js';
import { PLAIN } from '../main/options.js';
import { hasTcpdump, named } from './help.js';

const OWN = resolve(import.meta.dirname, '../../captures');
const asked = process.env['HOPSCOPE_LABS'];
const labs = [asked, resolve(import.meta.dirname, '../../../shared/lab-captures')].find(
  (folder) => folder !== undefined && existsSync(folder),
);
const folder = mkdtempSync(join(tmpdir(), 'hopscope-round-trip-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FORMS = ['-nn', '-nnv', '-nne', '-nnX'] as const;
type Form = (typeof FORMS)[number];

/** What a form cannot give: by capture, the forms in which something else comes first, and why. */
const LOST: readonly (readonly [capture: RegExp, forms: readonly Form[], why: string])[] = [
  [/04b-.*router-eth2|no-frames|live-empty/, ['-nn', '-nnv', '-nne', '-nnX'], 'no frames: the text is empty'],
  [/11b-.*k8s-ctr-any/, ['-nn', '-nne'], 'without TTL it is not known that the answers come from a router'],
  [/checksum/, ['-nn', '-nne'], 'checksums are printed with -v only'],
  [/clipped|snaplen/, ['-nn', '-nnv', '-nne'], 'a text does not say where a capture was cut'],
  [/lacp|isis/, ['-nn', '-nnv', '-nne', '-nnX'], 'neither IP nor ARP: not known as a text of packets'],
  [/http-|tls-/, ['-nn', '-nnv', '-nne'], 'what programs say to each other is read from -X only'],
  [/dhcp|vrrp|ospf|bgp|bfd/, ['-nn', '-nnv', '-nne'], 'what the messages say is printed in words of their own'],
  [
    /arp|neighbour|ndp|poison|lb-|mac|dad|proxy|vlan|synack-past|bridge|uplink/,
    ['-nn', '-nnv'],
    'who is meant is told by MACs (-e)',
  ],
  [
    /mac-unknown|ndp-ignored|synack-past|vrrp-wrong|tcp-stalled/,
    ['-nnX'],
    'who is meant is told by MACs, and -X starts after them',
  ],
  [/tcp-stalled/, ['-nn', '-nnv'], 'who is meant is told by MACs (-e)'],
  [/ndp-duplicate/, ['-nne'], 'link addresses in neighbour advertisements are printed with -v'],
  [/run-incomplete/, ['-nn', '-nnv', '-nne'], 'a tunnel on another port is told by what the datagrams hold (-X)'],
  [/poison/, ['-nne'], 'tcpdump does not print whom an ARP reply is for'],
  [/vlan/, ['-nnX'], '-X starts behind the VLAN tag (-XX has it)'],
  [/rp-filter|loop|hops|ttl|mtu|traceroute|asymmetric/, ['-nn', '-nne'], 'needs TTLs or IP ids (-v)'],
  [
    /unknown-link|encrypted|dropped|clock|wireguard|protocol|no-interface/,
    ['-nn', '-nnv', '-nne', '-nnX'],
    'is about the file, not about packets',
  ],
];
const isLost = (name: string, form: Form): boolean => LOST.some(([capture, forms]) => capture.test(name) && forms.includes(form));

/** The rule of the first finding that is no remark. */
async function first(path: string): Promise<string> {
  const { findings } = await analyze({
    ...PLAIN,
    files: [{ point: 'here', path }],
    workers: 0,
  });
  const found = findings.find((one) => one.foldedUnder === null && one.severity !== 'info');
  return found === undefined ? 'nothing' : `${found.rule} ${found.verdict}`;
}

const namesOf = (path: string): ((index: number) => string) => {
  const truth = path.replace(/\.pcap$/, '.truth.json');
  const known = existsSync(truth)
    ? (JSON.parse(readFileSync(truth, 'utf8')) as { ifindex?: Record<string, string> }).ifindex
    : undefined;
  return (index) => known?.[index] ?? `port${index}`;
};

const files = (path: string) =>
  readdirSync(path)
    .filter((name) => name.endsWith('.pcap'))
    .map((name) => join(path, name));
const all = hasTcpdump ? [...files(OWN), ...(labs === undefined ? [] : files(labs))] : [];
const cases = all.flatMap((path, n) => {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return FORMS.filter((form, f) => !isLost(name, form) && (asked !== undefined || n % 12 === f)).map((form) => ({
    name,
    form,
    path,
  }));
});

describe('the text of a capture', () => {
  it.each(cases)('$name, tcpdump $form', async ({ name, form, path }) => {
    const text = join(folder, `${name}.txt`);
    writeFileSync(text, named(path, [form], namesOf(path)), 'latin1');
    expect(await first(text)).toBe(await first(path));
  });

  it('was compared', () => {
    if (hasTcpdump) expect(cases.length).toBeGreaterThan(20);
  });
});
