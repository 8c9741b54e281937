import { describe, expect, it } from 'vitest';
import { arp, diagnose, ethernet } from './lab.js';
import { announcement, answer, poisoning, push, question } from './neighbour-examples.js';

const only = ['arp-poisoning'];
const LIAR = '0a:00:00:00:00:66';
const HOST = { ip: '192.168.1.20', mac: '0a:00:00:00:00:20' };

describe('arp-poisoning', () => {
  it('tells who claims two addresses and knows the owners of both', () => {
    const [finding, ...rest] = diagnose([0, 10].flatMap(poisoning), { only });
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({ verdict: 'fail', severity: 'error', confidence: 'high', subject: { macs: [LIAR] } });
    expect(finding.title).toContain('192.168.1.1 and 192.168.1.20');
    expect(finding.evidence.map((e) => e.note).join()).toContain('at 0a:00:00:00:00:20');
  });

  it('tells who asks for the address that it claims, beside its owner', () => {
    const asks = (at: number) =>
      ethernet({ at, mac: LIAR, dstMac: 'ff:ff:ff:ff:ff:ff' }, arp({ sender: '192.168.1.66', senderMac: LIAR, target: HOST.ip }));
    const frames = [
      push(0, HOST.ip, { ip: '192.168.1.1', mac: '0a:00:00:00:00:01' }),
      asks(5),
      answer(5.001, HOST.mac),
      push(10, HOST.ip, { ip: '192.168.1.1', mac: '0a:00:00:00:00:01' }),
    ];
    expect(diagnose(frames, { only })).toMatchObject([{ verdict: 'fail', confidence: 'medium' }]);
  });

  it('leaves a router alone that answers for others, a take-over and a cluster that tells its partner', () => {
    // Local proxy ARP: each host is told the router's MAC for the other, when it asks.
    const proxied = [0, 40].flatMap((at) => [question(at), answer(at + 0.001, LIAR)]);
    const back = (at: number) => [
      ethernet(
        { at, mac: HOST.mac, dstMac: 'ff:ff:ff:ff:ff:ff' },
        arp({ sender: HOST.ip, senderMac: HOST.mac, target: '192.168.1.1' }),
      ),
      push(at + 0.001, '192.168.1.1', HOST),
    ];
    expect(diagnose([...proxied, ...back(60)], { only })).toEqual([]);
    expect(diagnose([announcement(0, HOST.mac), announcement(9, LIAR), push(10, HOST.ip, HOST)], { only })).toEqual([]);
    expect(
      diagnose(
        [0, 10].map((at) => push(at, '192.168.1.1', HOST)),
        { only },
      ),
    ).toEqual([]);
  });
});
