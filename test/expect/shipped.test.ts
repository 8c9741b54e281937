// The expectation files that come with the program: each holds on its healthy capture, and says what is wrong on a faulty one.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectationJsonSchema } from '../../src/expect/schema.js';
import { verify } from '../../src/main/verify.js';
import type { Run } from '../../src/report/run.js';
import { PLAIN_VERIFY } from '../main/options.js';

const FOLDER = 'expectations';

export const held = (path: string, capture?: string): Promise<Run> =>
  verify({
    ...PLAIN_VERIFY,
    paths: [path],
    captures: capture === undefined ? [] : [{ point: 'router', path: join('captures', capture) }],
  });

const results = (run: Run): Record<string, string> =>
  Object.fromEntries((run.suites ?? []).flatMap((s) => s.expectations.map((e) => [e.name, e.verdict])));

/** A faulty capture of each scenario, what fails there, and words of what was seen. */
const FAULTS: Readonly<Record<string, { capture: string; fails: Readonly<Record<string, RegExp>> }>> = {
  'native-routing.yaml': {
    capture: 'native-missing-route.pcap',
    fails: {
      'pods on k8s-w0 are reached through eth2': /in eth1 → out eth0/,
      'no pod address leaves towards the internet': /frames/,
      'every connection is accepted': /never tcp\.flags\.syn == 1 && tcp\.flags\.ack == 1/,
      'nothing else is wrong': /egress-wrong-interface/,
    },
  },
  'vxlan.yaml': {
    capture: 'vxlan-wrong-node.pcap',
    fails: { 'packets for pods on k8s-ctr run to k8s-ctr': /vxlan from 192\.168\.20\.100 to 192\.168\.10\.101/ },
  },
  'geneve.yaml': {
    capture: 'geneve-one-way.pcap',
    fails: { 'pods reach each other in the tunnel': /no answer/, 'both directions are there': /no answer/ },
  },
  'lb-address.yaml': {
    capture: 'lb-unanswered.pcap',
    fails: { 'the LB address is answered by its leader': /no answer/, 'question, answer, connection': /never arp\.opcode == 2/ },
  },
  'masquerade.yaml': {
    capture: 'masquerade-missing.pcap',
    fails: { 'no pod address leaves': /frames/ },
  },
  'mtu.yaml': {
    capture: 'vxlan-mtu-exceeded.pcap',
    fails: { 'nobody has to say that a packet is too big': /frame/ },
  },
  'dns.yaml': {
    capture: 'dns-silent.pcap',
    fails: { 'every query is answered': /no answer/ },
  },
  'cilium-connectivity.yaml': {
    capture: 'native-missing-route.pcap',
    fails: {
      'pod-to-pod ping': /no answer/,
      'pod-to-service reaches one of its backends': /no such conversation/,
      'names are resolved': /no such conversation/,
      'no pod address leaves the cluster': /frames/,
      'no unexpected packet drops': /egress-wrong-interface/,
    },
  },
  'batfish-reachability.yaml': {
    capture: 'native-missing-route.pcap',
    fails: {
      'pods reach pods of k8s-w0, through eth2': /in eth1 → out eth0/,
      'nothing is lost between the two sides of the router': /lost between router in eth1 and router out eth2 \(72\.7%\)/,
    },
  },
  'containerlab-smoke.yaml': {
    capture: 'native-missing-route.pcap',
    fails: {
      'pings are answered, all of them': /no answer/,
      'services answer within a second': /no answer/,
      'routing is up, and nothing else is wrong': /egress-wrong-interface/,
    },
  },
  'ipv6.yaml': {
    capture: 'ipv6-missing-route.pcap',
    fails: { 'pods on k8s-w0 are reached through eth2': /in eth1 → out eth0/, 'pings come back': /no answer/ },
  },
};

describe.each(readdirSync(FOLDER).filter((name) => name.endsWith('.yaml')))('%s', (name) => {
  it('names its schema, for editors', () => {
    expect(readFileSync(join(FOLDER, name), 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\.\.\/schema\/expectations\.schema\.json\n/,
    );
  });

  it('holds on the healthy capture', async () => {
    const run = await held(join(FOLDER, name));
    expect(
      Object.values(results(run)).every((verdict) => verdict === 'pass'),
      JSON.stringify(results(run)),
    ).toBe(true);
    expect(run.summary).toMatchObject({ fail: 0, inconclusive: 0 });
  });

  it('fails on the faulty one for the right reason', async () => {
    const fault = FAULTS[name]!;
    const run = await held(join(FOLDER, name), fault.capture);
    const seen = new Map((run.suites ?? []).flatMap((s) => s.expectations.map((e) => [e.name, e])));
    for (const [title, words] of Object.entries(fault.fails)) {
      expect(seen.get(title)?.verdict, `${title}: ${seen.get(title)?.seen}`).toBe('fail');
      expect(seen.get(title)?.seen).toMatch(words);
    }
  });
});

it('the schema in the repository is the one of the program (vitest run -u writes it)', async () => {
  await expect(`${JSON.stringify(expectationJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
    '../../schema/expectations.schema.json',
  );
});
