// A capture and the text that tcpdump prints of it give the same first finding, wherever the text holds what is needed.
//
//   HOPSCOPE_LABS=FOLDER npx vitest run test/texts/round-trip.test.ts     all captures of a folder in all forms
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { analyze } from '../../src/main/analyze.js';
import { PLAIN } from '../main/options.js';
import { some } from '../thorough.js';
import { hasTcpdump, named } from './help.js';

const OWN = resolve(import.meta.dirname, '../../captures');
const asked = process.env['HOPSCOPE_LABS'];
const labs = [asked, resolve(import.meta.dirname, '../../../shared/lab-captures')].find(
  (folder) => folder !== undefined && existsSync(folder),
);
const folder = mkdtempSync(join(tmpdir(), 'hopscope-round-trip-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FORMS = ['-nn', '-nnv', '-nne', '-nnX', '-nnve'] as const;
type Form = (typeof FORMS)[number];

/** What a form cannot give: captures, the forms in which something else comes first, and why. In full, and no more: see below. */
const LOST: readonly (readonly [captures: string, forms: readonly Form[], why: string])[] = [
  ['04b-vxlan-wrong-egress.router-eth2 no-frames', FORMS, 'no frames: the text is empty'],
  [
    '11b-asymmetric-rp-filter.k8s-ctr-any rp-filter-node',
    ['-nn', '-nne'],
    'without TTL it is not known that the answers come from a router',
  ],
  ['icmp-ttl-exceeded', ['-nn', '-nne'], 'whose packet expired is in what the error quotes (-v)'],
  ['checksum-bad', ['-nn', '-nne'], 'checksums are printed with -v only'],
  ['packet-doubled', ['-nn', '-nne'], 'the IP identification is printed with -v'],
  ['isis-stuck unknown-link', FORMS, 'neither IP nor ARP: not known as a text of packets'],
  ['lacp-mismatch lacp-no-partner', FORMS, 'neither IP nor ARP: not known as a text of packets'],
  [
    'tls-handshake-failure wireguard-handshake',
    ['-nn', '-nnv', '-nne', '-nnve'],
    'payload that is no text is printed with -X only',
  ],
  [
    'dhcp-no-answer dhcp-offer-lost dhcp-refused dhcp-two-servers vrrp-two-masters ospf-mismatch ospf-stuck bgp-session bfd-down',
    ['-nn', '-nnv', '-nne', '-nnve'],
    'what the messages say is printed in words of their own',
  ],
  ['vrrp-wrong-master', FORMS, 'what the messages say needs their bytes (-X), and who sent the packets their MACs (-e)'],
  ['arp-poisoning', ['-nn', '-nnv', '-nne', '-nnve'], 'tcpdump does not print whom an ARP reply is for'],
  [
    'mac-unknown ndp-ignored synack-past-gateway tcp-stalled vlan-mismatch',
    ['-nn', '-nnv', '-nnX'],
    'who is meant, and in which VLAN, is in the link header (-e), and -X starts after it',
  ],
  ['vxlan-old-mac', ['-nn', '-nnv'], 'MACs inside the tunnel are printed with -e'],
  ['ndp-duplicate', ['-nn', '-nne'], 'link addresses in neighbour advertisements are printed with -v'],
  ['run-incomplete', ['-nn', '-nnv', '-nne', '-nnve'], 'a tunnel on another port is told by what the datagrams hold (-X)'],
];
const isLost = (name: string, form: Form): boolean =>
  LOST.some(([captures, forms]) => forms.includes(form) && captures.split(' ').includes(name.replace(/\.pcap$/, '')));

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
  it.each(asked === undefined ? some(cases, 4) : cases)('$name, tcpdump $form', async ({ name, form, path }) => {
    const text = join(folder, `${name}.txt`);
    writeFileSync(text, named(path, [form], namesOf(path)), 'latin1');
    expect(await first(text)).toBe(await first(path));
  });

  // Of the list, so that it names nothing that a text gives: some, and all of them where all are asked for.
  const lost = all.flatMap((path, n) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const forms = FORMS.filter((form) => isLost(name, form));
    return (asked === undefined ? forms.slice(0, n % 6 === 0 ? 1 : 0) : forms).map((form) => ({ name, form, path }));
  });
  it.each(lost)('$name, tcpdump $form, does not hold what is needed', async ({ name, form, path }) => {
    const text = join(folder, `${name}.lost.txt`);
    writeFileSync(text, named(path, [form], namesOf(path)), 'latin1');
    const found = await first(text).catch((error: unknown) => (error as Error).message);
    expect(found).not.toBe(await first(path));
  });

  it('was compared', () => {
    if (hasTcpdump) expect(cases.length).toBeGreaterThan(20);
  });
});
