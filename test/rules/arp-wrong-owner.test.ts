import { describe, expect, it } from 'vitest';
import { arp, diagnose, ethernet, type LabOptions } from './lab.js';
import { announcement, answer, question } from './neighbour-examples.js';
import { vrrpAdvert } from './services-lab.js';

const only = ['arp-wrong-owner'];
const OWNER = '0a:00:00:00:00:11';
const OTHER = '0a:00:00:00:00:12';
const topology = (other: string[] = ['192.168.1.77/24']): NonNullable<LabOptions['topology']> => ({
  nodes: {
    web: { interfaces: { eth0: { mac: OWNER, addresses: ['192.168.1.20/24'] } } },
    laptop: { interfaces: { eth0: { mac: OTHER, addresses: other } } },
  },
});

describe('arp-wrong-owner', () => {
  it('names who answers and who should', () => {
    const [finding] = diagnose([question(0), answer(0.001, OTHER)], { topology: topology(), only });
    expect(finding).toMatchObject({ verdict: 'fail', title: `192.168.1.20 is answered for by ${OTHER} (laptop)` });
    expect(finding.message).toContain(`belongs to web (${OWNER})`);
  });

  it('holds a load-balancer address to the nodes that may have it', () => {
    const lab = {
      nodes: {
        a: { interfaces: { eth0: { mac: OWNER, addresses: ['192.168.1.2/24'] } } },
        b: { interfaces: { eth0: { mac: OTHER, addresses: ['192.168.1.3/24'] } } },
      },
      addresses: { '192.168.1.20': { owner: 'a', service: 'web' } },
    };
    expect(diagnose([question(0), answer(0.001, OWNER)], { topology: lab, only })).toEqual([]);
    expect(diagnose([question(0), answer(0.001, OTHER)], { topology: lab, only })).toHaveLength(1);
  });

  it('leaves alone a fail-over that a node of the lab announced, unless the owner is still there', () => {
    const moved = [question(0), answer(0.001, OWNER), announcement(20, OTHER), question(60), answer(60.001, OTHER)];
    expect(diagnose(moved, { topology: topology(), only })).toEqual([]);
    const both = [...moved, question(120), answer(120.001, OWNER)];
    expect(diagnose(both, { topology: topology(), only })).toHaveLength(1);
    const stranger = [question(0), answer(0.001, OWNER), announcement(20, '0a:00:00:00:00:13')];
    expect(diagnose(stranger, { topology: topology(), only })).toHaveLength(1);
  });

  it('leaves the owner alone, virtual routers, proxies, and all when it does not know', () => {
    expect(diagnose([question(0), answer(0.001, OWNER)], { topology: topology(), only })).toEqual([]);
    expect(diagnose([question(0), answer(0.001, '00:00:5e:00:01:07')], { topology: topology(), only })).toEqual([]);
    expect(diagnose([question(0), answer(0.001, OTHER)], { topology: topology(['10.9.9.1/24']), only })).toEqual([]);
    expect(diagnose([question(0), answer(0.001, OTHER)], { only })).toEqual([]);
  });

  it('leaves an owner alone that was right before the address moved, and a router that reaches the owner by another link', () => {
    // The topology was written after the move.
    const moved = [question(0), answer(0.001, OTHER), question(60), answer(60.001, OWNER)];
    expect(diagnose(moved, { topology: topology(), only })).toEqual([]);
    const proxy = {
      nodes: {
        web: { interfaces: { eth0: { mac: OWNER, addresses: ['192.168.1.20/24'] } } },
        router: {
          interfaces: { eth0: { mac: OTHER, addresses: ['192.168.1.77/24'] }, eth1: { mac: '0a:00:00:00:00:13' } },
          routes: ['192.168.1.0/24 dev eth0', '192.168.1.20 dev eth1'],
        },
      },
    };
    expect(diagnose([question(0), answer(0.001, OTHER)], { topology: proxy, only })).toEqual([]);
  });

  it('makes one remark of a topology that is older than the lab', () => {
    const at = (i: number) => `192.168.1.${i + 30}`;
    const nodes = Object.fromEntries(
      [0, 1, 2, 3].map((i) => [`n${i}`, { interfaces: { eth0: { mac: `0a:00:00:00:02:0${i}`, addresses: [`${at(i)}/24`] } } }]),
    );
    const frames = [0, 1, 2, 3].map((i) => {
      const mac = `0a:00:00:00:03:0${i}`;
      return ethernet(
        { at: i, mac, dstMac: 'ff:ff:ff:ff:ff:ff' },
        arp({ op: 'reply', sender: at(i), senderMac: mac, target: at(i) }),
      );
    });
    expect(diagnose(frames, { topology: { nodes }, only })).toMatchObject([{ severity: 'info', count: 4 }]);
    expect(diagnose(frames.slice(0, 1), { topology: { nodes }, only })).toMatchObject([{ severity: 'error' }]);
  });

  it('leaves alone who answered as master of a virtual router that another one is now', () => {
    const advert = (at: number, last: number, mac: string) =>
      vrrpAdvert({ at, src: `192.168.1.${last}`, mac, addresses: ['192.168.1.20'] });
    const frames = [
      advert(0, 77, OTHER),
      question(0.5),
      answer(0.501, OTHER),
      advert(1, 77, OTHER),
      ...[8, 9, 10, 11].map((at) => advert(at, 78, OWNER)),
    ];
    expect(diagnose(frames, { topology: topology(), only })).toEqual([]);
    const still = [...frames, question(12), answer(12.001, OTHER)];
    expect(diagnose(still, { topology: topology(), only })).toHaveLength(1);
  });
});
