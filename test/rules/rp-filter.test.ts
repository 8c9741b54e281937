import { describe, expect, it } from 'vitest';
import { diagnose, icmpError, ipv4, sll2, tcp } from './lab.js';
import { secondInterface } from './route-examples.js';

const only = ['rp-filter'];
const CLIENT = '203.0.113.1';
const SERVER = '172.31.7.2';

const topology = (extra: object = {}, routes = ['default via 10.9.0.1 dev nic1']) => ({
  nodes: {
    srv: {
      interfaces: {
        nic1: { index: 2, addresses: ['10.9.0.10/24'] },
        nic2: { index: 3, addresses: [`${SERVER}/29`] },
      },
      routes,
      ...extra,
    },
  },
});

const asked = secondInterface;

const sysctls = (value: number) => ({
  sysctls: { 'net.ipv4.conf.all.rp_filter': String(value), 'net.ipv4.conf.nic2.rp_filter': String(value) },
});

describe('rp-filter', () => {
  it('names both interfaces and the route that leads back', () => {
    const [finding] = diagnose(asked(), { topology: topology(sysctls(1)), only });
    expect(finding).toMatchObject({
      verdict: 'fail',
      confidence: 'high',
      title: `srv drops packets from ${CLIENT} that come in on nic2: its way back is nic1`,
      subject: { interfaceIn: 'nic2', interfaceExpected: 'nic1' },
    });
    expect(finding.cause).toContain('via 10.9.0.1');
  });

  it('is less sure where the setting is not known', () => {
    expect(diagnose(asked(), { topology: topology(), only })).toMatchObject([{ verdict: 'fail', confidence: 'medium' }]);
  });

  it('says nothing where the filter is off or loose, or the way back is right', () => {
    expect(diagnose(asked(), { topology: topology(sysctls(0)), only })).toEqual([]);
    expect(diagnose(asked(), { topology: topology(sysctls(2)), only })).toEqual([]);
    expect(diagnose(asked(), { topology: topology({}, ['default via 172.31.7.1 dev nic2']), only })).toEqual([]);
    const rules = ['0:\tfrom all lookup local', `100:\tfrom ${SERVER} lookup 7`, '32766:\tfrom all lookup main'];
    expect(diagnose(asked(), { topology: topology({ rules }), only })).toEqual([]);
  });

  it('says nothing where the node answers, be it with a reset or an error', () => {
    const syn = ipv4({ src: CLIENT, dst: SERVER, ttl: 60 }, tcp({ src: 50_000, dst: 25, flags: 'S', seq: 1 }));
    const error = sll2(
      { point: 'srv', if: 2, dir: 'out', at: 1.1 },
      ipv4({ src: SERVER, dst: CLIENT }, icmpError({ type: 3, code: 3 }, syn)),
    );
    expect(
      diagnose(
        [...asked(), error].sort((a, b) => (a.at ?? 0) - (b.at ?? 0)),
        { topology: topology(sysctls(1)), only },
      ),
    ).toEqual([]);
    const reset = sll2(
      { point: 'srv', if: 2, dir: 'out', at: 4.1 },
      ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 25, dst: 50_000, flags: 'RA', ack: 2 })),
    );
    expect(diagnose([...asked(), reset], { topology: topology(sysctls(1)), only })).toEqual([]);
  });
});
