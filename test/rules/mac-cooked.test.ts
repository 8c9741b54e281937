// Wrong MACs in cooked captures, which tell for whom a frame was by its kind alone.
import { describe, expect, it } from 'vitest';
import { arp, diagnose, echo, forward, ipv4, sll2, type TestFrame, tcp } from './lab.js';

const CLIENT = '10.1.0.10';
const SERVER = '10.1.0.20';
const MACS = { client: '0a:00:00:00:00:10', server: '0a:00:00:00:00:20', other: '0a:00:00:00:00:30' } as const;
const only = ['mac-unknown'];

const asks = (dir: 'in' | 'other', at = 1): TestFrame[] => [
  ...[0, 1, 2].map((n) =>
    sll2({ if: 2, dir, at: at + n, mac: MACS.client }, ipv4({ src: CLIENT, dst: SERVER }, echo({ seq: n }))),
  ),
  ...[0, 1, 3].map((n) =>
    sll2(
      { if: 2, dir, at: at + n, mac: MACS.client },
      ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: 40_000, dst: 80, flags: 'S', seq: 9 })),
    ),
  ),
];
const claims = (mac: string, dir: 'in' | 'out', at = 0.5): TestFrame =>
  sll2({ if: 2, dir, at, mac }, arp({ op: 'reply', sender: SERVER, senderMac: mac, target: '10.1.0.30', targetMac: MACS.other }));
const later = sll2(
  { if: 2, dir: 'in', at: 20, mac: MACS.client },
  ipv4({ src: CLIENT, dst: '10.1.0.99' }, echo({ reply: true })),
);
const said = (...frames: TestFrame[]) =>
  diagnose(
    [...frames, later].sort((x, y) => Number(x.at) - Number(y.at)),
    { only },
  );

describe('mac-unknown in cooked captures', () => {
  it('tells packets for an own address that are for the MAC of another host', () => {
    expect(said(claims(MACS.server, 'out'), ...asks('other'))).toMatchObject([
      { verdict: 'fail', confidence: 'medium', title: `Packets to ${SERVER} reach router on if2 with the MAC of another host` },
    ]);
  });

  it('tells packets for this host whose address another one on the link has', () => {
    const [finding] = said(claims(MACS.server, 'in'), ...asks('in'));
    expect(finding.title).toBe(`Packets to ${SERVER} are sent to the MAC of router, which does not have it`);
    expect(finding.message).toContain(`it is at ${MACS.server} on that link`);
  });

  it('leaves alone what is flooded past a host, a router, virtual MACs, two who claim it, and what is answered', () => {
    // Flooded: for another host, who has the address.
    expect(said(claims(MACS.server, 'in'), ...asks('other'))).toEqual([]);
    // For this host, which has the address and does not answer: another matter.
    expect(said(claims(MACS.server, 'out'), ...asks('in'))).toEqual([]);
    const passed = sll2({ if: 2, at: 9, mac: MACS.client }, ipv4({ src: CLIENT, dst: '10.9.0.1' }, echo({ id: 3 })));
    expect(said(claims(MACS.server, 'in'), ...asks('in'), passed, forward(passed, { if: 3, at: 9.001 }))).toEqual([]);
    expect(said(claims('00:00:5e:00:01:07', 'out'), ...asks('other'))).toEqual([]);
    expect(said(claims(MACS.server, 'out'), claims(MACS.other, 'in', 0.7), ...asks('other'))).toEqual([]);
    const answers = [0, 1, 2].map((n) =>
      sll2(
        { if: 2, dir: 'other', at: 1.01 + n, mac: MACS.server },
        ipv4({ src: SERVER, dst: CLIENT }, echo({ seq: n, reply: true })),
      ),
    );
    expect(said(claims(MACS.server, 'out'), ...asks('other').slice(0, 3), ...answers)).toEqual([]);
    // Nobody says who has it.
    expect(said(...asks('other'))).toEqual([]);
  });

  it('names a permanent entry of the way there or back, whose MAC is of a node that passes nothing on', () => {
    const lab = (wrong: 'client' | 'server', forwarding: boolean) => ({
      nodes: {
        router: {
          interfaces: { eth0: { index: 2, mac: MACS.client, addresses: [`${CLIENT}/24`] } },
          routes: ['10.1.0.0/24 dev eth0'],
          ...(wrong === 'client' && { neighbours: [`${SERVER} dev eth0 lladdr ${MACS.other} PERMANENT`] }),
        },
        server: {
          interfaces: { eth0: { mac: MACS.server, addresses: [`${SERVER}/24`] } },
          routes: ['10.1.0.0/24 dev eth0'],
          ...(wrong === 'server' && { neighbours: [`${CLIENT} dev eth0 lladdr ${MACS.other} PERMANENT`] }),
        },
        other: {
          interfaces: { eth0: { mac: MACS.other, addresses: ['10.1.0.30/24'] } },
          sysctls: { 'net.ipv4.ip_forward': forwarding ? 1 : 0 },
        },
      },
    });
    const frames = asks('in').map((frame) => ({ ...frame, dir: 'out' as const }));
    for (const wrong of ['client', 'server'] as const) {
      const [finding] = diagnose([...frames, later], { topology: lab(wrong, false), only });
      expect(finding.title).toContain(`${MACS.other}, which is other’s`);
      expect(finding.subject.node).toBe(wrong === 'client' ? 'router' : 'server');
      expect(diagnose([...frames, later], { topology: lab(wrong, true), only })).toEqual([]);
    }
  });
});
