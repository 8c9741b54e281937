import { describe, expect, it } from 'vitest';
import { diagnose, ethernet, ipv4, sll2, tcp } from './lab.js';
import { INTERNET, LAN, later, natExamples, PUBLISHED, published, TUNNEL, WAN } from './nat-examples.js';

const only = ['answer-wrong-interface'];
const ifmap = { [LAN]: 'lan', [WAN]: 'wan', [TUNNEL]: 'wg3' };
const { frames } = natExamples()['answer-wrong-interface.pcap'];
const synAck = (s: number) =>
  ethernet(
    { at: s, point: 'fw' },
    ipv4({ src: PUBLISHED, dst: INTERNET, ttl: 63, id: 0 }, tcp({ src: 30_994, dst: 51_222, flags: 'SA', seq: 7, ack: 1001 })),
  );
const topology = {
  nodes: {
    fw: {
      interfaces: {
        lan: { index: LAN, addresses: ['10.60.0.1/24'] },
        wan: { index: WAN, addresses: ['203.0.113.20/24'] },
        wg3: { index: TUNNEL, addresses: [`${PUBLISHED}/24`] },
      },
      routes: ['default via 203.0.113.1 dev wan'],
    },
  },
};

describe('answer-wrong-interface', () => {
  it('tells both interfaces, before any route to the one client', () => {
    const findings = diagnose(frames, { ifmap });
    expect(findings[0]).toMatchObject({
      rule: 'answer-wrong-interface',
      title: 'Questions to 10.14.0.2 port 30994 come into router by wg3, answers leave by wan',
      subject: { interfaceIn: 'wg3', interfaceOut: 'wan', interfaceExpected: 'wg3' },
    });
    expect(findings[0].message).toContain('The answers, translated from 10.60.0.2, leave by wan with the source 10.14.0.2');
    expect(findings.filter((f) => f.foldedUnder === null && f.verdict === 'fail')).toHaveLength(1);
  });

  it('tells whose address the answers carry, where only their way out was captured', () => {
    const out = [0, 1, 3].map((s) => synAck(s));
    const [finding] = diagnose([...out, { ...later(9), link: 'eth', dir: 'unknown', if: 0, point: 'fw' }], { topology, only });
    expect(finding.title).toBe('Answers from 10.14.0.2 port 30994, an address of wg3, leave fw by wan');
  });

  it('leaves alone answers that are acknowledged, that go back as they came, and clients inside', () => {
    const ack = sll2(
      { if: TUNNEL, at: 4 },
      ipv4({ src: INTERNET, dst: PUBLISHED, ttl: 63 }, tcp({ src: 51_222, dst: 30_994, seq: 1001, ack: 8 })),
    );
    expect(diagnose([...frames.slice(0, -1), ack, later(9)], { ifmap, only })).toEqual([]);
    expect(diagnose([...[0, 1, 3].flatMap((s) => published(s, TUNNEL)), later(9)], { ifmap, only })).toEqual([]);
    expect(diagnose([...[0, 1, 3].flatMap((s) => published(s, WAN, '10.77.0.5')), later(9)], { ifmap, only })).toEqual([]);
  });
});
