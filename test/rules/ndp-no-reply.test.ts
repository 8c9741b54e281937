import { describe, expect, it } from 'vitest';
import { advertisement, diagnose, ethernet, ipv6, sll2, solicitation, type TestFrame, tcp } from './lab.js';
import { answer6, question6 } from './neighbour-examples.js';

const only = ['ndp-no-reply'];
const TARGET = '2001:db8:1::211';
const MAC = '0a:00:00:00:00:02';
const asks = (at: number, from = '2001:db8:1::200', target = TARGET): TestFrame =>
  sll2({ if: 3, dir: 'out', at }, solicitation(from, MAC, target));

describe('ndp-no-reply', () => {
  it('tells what this host solicits in vain', () => {
    const [finding] = diagnose([asks(0), asks(1), asks(2), question6(9)], { ifmap: { 3: 'eth1' }, only });
    expect(finding).toMatchObject({
      verdict: 'fail',
      title: `Nobody answers neighbour solicitations for ${TARGET}`,
      count: 3,
      subject: { proto: 'icmpv6', interfaceOut: 'eth1' },
    });
    expect(finding.evidence[0].field).toBe('icmpv6.nd.ns.target_address');
  });

  it('is inconclusive when the capture ends before the answer was due', () => {
    expect(diagnose([asks(0), question6(0.4)], { only })).toMatchObject([{ verdict: 'inconclusive' }]);
  });

  it('leaves duplicate address detection and answered questions alone', () => {
    expect(diagnose([asks(0, '::'), asks(1, '::'), asks(2, TARGET), question6(9)], { only })).toEqual([]);
    expect(diagnose([question6(0), answer6(0.001, MAC), question6(30), answer6(30.001, MAC)], { only })).toEqual([]);
  });

  it('tells that a proxy is missing: the owner is behind another interface, and of the network of the link', () => {
    const ROUTER = '0a:00:00:00:00:07';
    const ask = (at: number, target = TARGET) => sll2({ if: 3, dir: 'broadcast', at }, solicitation('fe80::7', ROUTER, target));
    const other = sll2({ if: 3, at: 0 }, solicitation('2001:db8:1::200', MAC, '2001:db8:1::1'));
    const sent = sll2(
      { if: 4, at: 0.1 },
      ipv6({ src: TARGET, dst: '2001:db8:9::1', hlim: 64 }, tcp({ src: 5, dst: 80, flags: 'S' })),
    );
    const [finding] = diagnose([other, sent, ask(1), ask(2), ask(3), other], { ifmap: { 3: 'eth0', 4: 'eth1' }, only });
    expect(finding.title).toBe(`Nobody answers neighbour solicitations for ${TARGET} on eth0: it is behind eth1`);
    expect(finding.cause).toContain('NDP proxy');
    expect(finding.commands).toEqual([]);
  });

  it('tells that a host which is heard on the link answers others and not the one who goes on asking', () => {
    const frame = (at: number, from: string, mac: string, target: string) =>
      ethernet({ at, mac, dstMac: '33:33:ff:00:00:11' }, solicitation(from, mac, target));
    const spoke = frame(0, TARGET, MAC, '2001:db8:1::5');
    const deaf = [1, 2, 3, 4, 5, 6].map((at) => frame(at, '2001:db8:1::7', '0a:00:00:00:00:07', TARGET));
    const alone = diagnose([spoke, ...deaf, frame(9, TARGET, MAC, '2001:db8:1::5')], { only });
    expect(alone).toMatchObject([{ severity: 'error', title: `Nobody answers neighbour solicitations for ${TARGET}`, count: 6 }]);
    expect(alone[0].cause).toContain('heard on this link, so it is up');
    expect(alone[0].cause).toContain('MLD snooping');
    const other = [
      frame(4.5, '2001:db8:1::5', '0a:00:00:00:00:05', TARGET),
      ethernet({ at: 4.501, mac: MAC, dstMac: '0a:00:00:00:00:05' }, advertisement(TARGET, MAC, '2001:db8:1::5')),
    ];
    const frames = [spoke, ...deaf, ...other].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    expect(diagnose(frames, { only })).toMatchObject([{ title: `${TARGET} answers others, and not 2001:db8:1::7`, count: 6 }]);
    // Three questions of which the last is answered unseen.
    expect(diagnose([spoke, ...deaf.slice(0, 3), frame(9, TARGET, MAC, '2001:db8:1::5')], { only })).toEqual([]);
  });
});
