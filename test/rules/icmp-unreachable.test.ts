import { describe, expect, it } from 'vitest';
import { arp, at, diagnose, dnat, echo, forward, icmpError, ipv4, ipv6, sll2, summary, tcp, udp, vxlan } from './lab.js';
import { dhcp } from './services-lab.js';

const only = ['icmp-unreachable'];
const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.20';
const ROUTER = '10.1.1.1';

const query = ipv4({ src: CLIENT, dst: SERVER }, udp({ src: 40_000, dst: 5000, data: 20 }));
const error = (code: number, from: string, quoted: Parameters<typeof icmpError>[1] = query) =>
  sll2({ if: 2, dir: 'in' }, ipv4({ src: from, dst: CLIENT }, icmpError({ type: 3, code }, quoted)));

describe('icmp-unreachable', () => {
  it('names the port that nobody listens on, and folds the silence under it', () => {
    const asked = sll2({ if: 2, dir: 'out' }, query);
    const findings = diagnose([
      asked,
      error(3, SERVER),
      at(9, sll2({}, arp({ sender: ROUTER, senderMac: '02:00:00:00:00:01', target: ROUTER }))),
    ]);
    const [first] = findings;
    expect(first.title).toBe('Nothing listens on 10.1.2.20 port 5000 (udp)');
    expect(first.subject).toMatchObject({ src: CLIENT, dst: SERVER, dstPort: 5000, proto: 'udp' });
    expect(summary(findings).filter((line) => !line.startsWith('>'))).toEqual(['fail icmp-unreachable']);
  });

  it('knows that a closed TCP port resets, that a service may be empty, and what listens on the port of WireGuard', () => {
    const refused = (packet: typeof query, topology?: object) => diagnose([error(3, SERVER, packet)], { only, topology })[0];
    const syn = ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: 40_000, dst: 80, flags: 'S', seq: 1 }));
    expect(refused(syn).title).toBe('Packets to 10.1.2.20 port 80 (tcp) are rejected as "port unreachable"');
    expect(refused(syn).cause).toContain('A closed TCP port answers with a reset');
    const empty = { nodes: {}, addresses: { [SERVER]: { service: 'default/web', backends: [] } } };
    expect(refused(syn, empty).cause).toContain('default/web has no backend');
    const handshake = ipv4({ src: CLIENT, dst: SERVER }, udp({ src: 51_871, dst: 51_871, data: 148 }));
    expect(refused(handshake).cause).toContain('no WireGuard device');
  });

  it('tells a missing route from a filter and from a dead host', () => {
    const titles = [0, 1, 13].map((code) => diagnose([error(code, ROUTER)], { only })[0].title);
    expect(titles).toEqual([
      '10.1.1.1 has no route to 10.1.2.20',
      '10.1.1.1 cannot reach 10.1.2.20 on its link (host unreachable)',
      'A filter on 10.1.1.1 rejects packets to 10.1.2.20 port 5000',
    ]);
  });

  it('knows that a refusal at once asked for no MAC address', () => {
    const asked = sll2({ if: 2, dir: 'in' }, query);
    const refused = (s: number) => ({ ...error(1, ROUTER), at: s });
    const [finding] = diagnose([{ ...asked, at: 0 }, refused(0.0001)], { only });
    expect(finding.title).toBe('10.1.1.1 refuses packets to 10.1.2.20 (host unreachable)');
    expect(finding.cause).toContain('a route of kind unreachable');
    expect(diagnose([{ ...asked, at: 0 }, refused(3)], { only })[0].cause).toContain('asked for the MAC address');
  });

  it('does not put into the mouth of a host what another one says, or a translation', () => {
    const [port] = diagnose([error(3, ROUTER)], { only });
    expect(port.title).toBe('10.1.1.1 refuses packets to 10.1.2.20 port 5000 (udp)');
    expect(port.cause).toContain('in the name of 10.1.2.20');
    const [host] = diagnose([error(1, SERVER)], { only });
    expect(host.title).toBe('What stands behind 10.1.2.20 is not reached (host unreachable)');
  });

  it('names the route that refuses, where the topology has it', () => {
    const topology = {
      nodes: { r: { interfaces: { e: { addresses: [`${ROUTER}/24`] } }, routes: ['unreachable 10.1.2.0/24'] } },
    };
    expect(diagnose([error(1, ROUTER)], { only, topology })[0].cause).toBe('r has a route of kind unreachable for 10.1.2.0/24.');
  });

  it('tells a prohibit route or rule from a firewall', () => {
    const known = (routes: string[], rules?: string[]) => ({
      nodes: {
        r: { interfaces: { e: { addresses: [`${ROUTER}/24`] } }, routes: ['default via 10.1.1.254 dev e', ...routes], rules },
      },
    });
    const found = (routes: string[]) => diagnose([error(13, ROUTER)], { only, topology: known(routes) })[0];
    const route = found(['prohibit 10.1.2.20']);
    expect(route.title).toBe('10.1.1.1 has a prohibit route for 10.1.2.20, so packets to 10.1.2.20 are refused');
    expect(route.cause).not.toContain('firewall rule');
    expect(route.alternatives).toBeUndefined();
    const filter = found([]);
    expect(filter.cause).toBe('A firewall rule on r rejects the packets.');
    expect(filter.alternatives).toBeUndefined();
    expect(diagnose([error(13, ROUTER)], { only })[0].alternatives?.[0]).toContain('route of kind prohibit');
  });

  it('explains other tries to the same target soon after, as routers limit how often they say no', () => {
    const ping = ipv4({ src: CLIENT, dst: SERVER }, echo());
    const asked = (s: number) =>
      at(s, sll2({ if: 2, dir: 'in' }, ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: 9, dst: 80, flags: 'S', seq: 1 }))));
    const refused = [at(0, sll2({ if: 2, dir: 'in' }, ping)), at(0.01, error(13, ROUTER, ping))];
    const end = at(60, sll2({}, arp({ sender: ROUTER, senderMac: '02:00:00:00:00:01', target: ROUTER })));
    const roots = (frames: Parameters<typeof diagnose>[0]) =>
      diagnose(frames)
        .filter((f) => f.foldedUnder === null && f.verdict === 'fail')
        .map((f) => f.rule);
    expect(roots([...refused, asked(1), asked(2), end])).toEqual(['icmp-unreachable']);
    // Long after it is another matter.
    expect(roots([...refused, asked(30), asked(31), end])).toEqual(['icmp-unreachable', 'tcp-no-answer']);
  });

  it('leaves alone answers that come when the client has closed its port', () => {
    const late = (srcPort: number, dstPort: number) =>
      ipv4({ src: SERVER, dst: CLIENT }, udp({ src: srcPort, dst: dstPort, data: 20 }));
    const says = (quoted: Parameters<typeof icmpError>[1]) =>
      sll2({ if: 2 }, ipv4({ src: CLIENT, dst: SERVER }, icmpError({ type: 3, code: 3 }, quoted)));
    expect(diagnose([says(late(53, 65_233))], { only })).toEqual([]);
    const probe = sll2({ if: 2 }, ipv4({ src: CLIENT, dst: '239.255.255.250' }, udp({ src: 44_166, dst: 3702, data: 99 })));
    expect(diagnose([probe, sll2({ if: 2 }, late(3702, 44_166)), says(late(3702, 44_166))], { only })).toEqual([]);
    // A service's own port, and one that never asked for anything.
    expect(diagnose([says(late(53, 5000))], { only })).toHaveLength(1);
    expect(diagnose([says(late(3702, 44_166))], { only })).toHaveLength(1);
  });

  it('reads no addresses out of a quote that is no IP packet', () => {
    const blank = icmpError({ type: 3, code: 1 }, query);
    const zeros = { ...blank, bytes: blank.bytes.map((byte, i) => (i < 8 ? byte : 0)) };
    expect(diagnose([sll2({ if: 2 }, ipv4({ src: ROUTER, dst: CLIENT }, zeros))], { only })).toEqual([]);
  });

  it('makes one finding of a filter that rejects pings like the rest', () => {
    const refused = [ipv4({ src: CLIENT, dst: SERVER }, echo()), query].map((quoted) => error(13, ROUTER, quoted));
    const findings = diagnose(refused, { only });
    expect(findings.map((f) => [f.title, f.count])).toEqual([['A filter on 10.1.1.1 rejects packets to 10.1.2.20', 2]]);
  });

  it('understands the codes of ICMPv6', () => {
    const quoted = ipv6({ src: 'fd00:1::10', dst: 'fd00:2::20' }, udp({ src: 40_000, dst: 5000 }));
    const frame = sll2({}, ipv6({ src: 'fd00:1::1', dst: 'fd00:1::10' }, icmpError({ type: 1, code: 0 }, quoted)));
    expect(diagnose([frame], { only })[0].title).toBe('fd00:1::1 has no route to fd00:2::20');
  });

  it('makes one finding of a router without routes to many networks', () => {
    const lost = Array.from({ length: 9 }, (_, i) => ipv4({ src: CLIENT, dst: `10.2.${i}.1` }, udp({ src: 1, dst: 2 })));
    const findings = diagnose(
      lost.map((quoted) => error(0, ROUTER, quoted)),
      { only },
    );
    expect(findings.map((f) => [f.title, f.count])).toEqual([['10.1.1.1 has no route to 9 networks', 9]]);
  });

  it('gives the command that adds the route, where the topology knows it', () => {
    const topology = {
      nodes: {
        router: {
          interfaces: { eth1: { index: 2, addresses: ['10.1.1.1/24'] }, eth2: { index: 3, addresses: ['10.9.9.1/24'] } },
          routes: ['10.1.1.0/24 dev eth1', '10.9.9.0/24 dev eth2'],
        },
        worker: { interfaces: { eth0: { addresses: ['10.9.9.2/24'] } }, podCIDRs: ['10.1.2.0/24'] },
      },
    };
    const [finding] = diagnose([error(0, ROUTER)], { topology, only });
    expect(finding.commands).toEqual(['ip route add 10.1.2.0/24 via 10.9.9.2 dev eth2']);
    expect(finding.subject.node).toBe('router');
  });

  it('is a consequence of the ARP question that nobody answered', () => {
    const ask = (s: number) =>
      sll2({ if: 3, dir: 'out', at: s }, arp({ sender: '10.1.2.1', senderMac: '02:00:00:00:00:02', target: SERVER }));
    const ping = sll2({ if: 2, at: 0 }, ipv4({ src: CLIENT, dst: SERVER }, echo()));
    const refused = error(1, ROUTER, ping.packet as typeof query);
    const findings = diagnose([ping, ask(0.001), ask(1.001), ask(2.001), at(3, { ...refused, dir: 'out' as const })]);
    expect(findings[0].rule).toBe('arp-no-reply');
    expect(findings.find((f) => f.rule === 'icmp-unreachable')?.foldedUnder).toBe(findings[0].id);
  });

  it('says the same refusal once, though a translation shows it twice', () => {
    const asked = sll2(
      { if: 2, dir: 'in' },
      ipv4({ src: CLIENT, dst: '10.96.0.10', id: 77 }, udp({ src: 40_000, dst: 53, data: 40 })),
    );
    const translated = { ...dnat(forward(asked, { if: 3 }), SERVER), dir: 'out' as const };
    const back = sll2(
      { if: 3, dir: 'in' },
      ipv4({ src: SERVER, dst: CLIENT }, icmpError({ type: 3, code: 3 }, translated.packet as typeof query)),
    );
    const front = sll2(
      { if: 2, dir: 'out' },
      ipv4({ src: '10.96.0.10', dst: CLIENT }, icmpError({ type: 3, code: 3 }, asked.packet as typeof query)),
    );
    const findings = diagnose([asked, translated, back, front], { only });
    expect(findings.filter((f) => f.foldedUnder === null)).toHaveLength(1);
  });

  it('leaves alone what belongs to path traces, late answers, tunnels and faults that have passed', () => {
    const trace = ipv4({ src: CLIENT, dst: SERVER, ttl: 3 }, udp({ src: 40_000, dst: 33_437 }));
    expect(diagnose([sll2({}, trace), error(3, SERVER, trace)], { only })).toEqual([]);

    const reply = ipv4({ src: SERVER, dst: CLIENT }, udp({ src: 5000, dst: 40_000, data: 30 }));
    const closed = sll2({}, ipv4({ src: CLIENT, dst: SERVER }, icmpError({ type: 3, code: 3 }, reply)));
    expect(diagnose([sll2({}, query), sll2({}, reply), closed], { only })).toEqual([]);
    expect(diagnose([sll2({}, query), error(3, SERVER), at(1, sll2({}, reply))], { only })).toEqual([]);

    const outer = vxlan({ src: CLIENT, dst: SERVER, vni: 7 }, query);
    expect(diagnose([sll2({}, outer), error(3, SERVER, outer)], { only })).toEqual([]);
    expect(diagnose([sll2({}, outer), error(4, ROUTER, outer)], { only })).toEqual([]);
  });

  it('leaves a server alone that looks whether an address is free before it offers it', () => {
    const probe = ipv4({ src: ROUTER, dst: '10.1.1.60' }, echo({ id: 7, seq: 1 }));
    const said = (at: number) =>
      sll2({ if: 1, dir: 'in', at }, ipv4({ src: ROUTER, dst: ROUTER }, icmpError({ type: 3, code: 1 }, probe)));
    const asked = sll2({ if: 2, dir: 'out', at: 0.1 }, probe);
    const lease = [
      dhcp('discover', { at: 0 }),
      dhcp('offer', { at: 1.1, your: '10.1.1.60' }),
      dhcp('request', { at: 1.2 }),
      dhcp('ack', { at: 1.3, your: '10.1.1.60' }),
    ];
    expect(diagnose([lease[0], asked, ...lease.slice(1), said(3.2)], { only })).toEqual([]);
    expect(diagnose([asked, said(3.2)], { only })).toHaveLength(1);
    // A ping that never left for want of a MAC: the server tells itself, a moment after the address is given.
    expect(diagnose([...lease, said(3.2)], { only })).toEqual([]);
    expect(diagnose([said(3.2)], { only })).toHaveLength(1);
    expect(diagnose([...lease, said(3.2), said(9)], { only })).toHaveLength(1);
  });

  it('tells of an outage that has passed, with its times; not of one packet or two', () => {
    const ping = (at: number, reply = false) =>
      sll2(
        { if: reply ? 4 : 2, at },
        ipv4(
          { src: reply ? '10.3.2.9' : '10.3.1.9', dst: reply ? '10.3.1.9' : '10.3.2.9', id: at * 2 },
          echo({ seq: at, reply }),
        ),
      );
    const refused = (at: number) =>
      sll2(
        { if: 2, dir: 'out', at: at + 0.9 },
        ipv4({ src: '10.3.1.1', dst: '10.3.1.9' }, icmpError({ type: 3, code: 1 }, ping(at).packet as never)),
      );
    const run = (lost: number) =>
      diagnose(
        Array.from({ length: 20 }, (_, at) =>
          at >= 6 && at < 6 + lost ? [ping(at), refused(at)] : [ping(at), { ...ping(at, true), at: at + 0.01 }],
        )
          .flat()
          .sort((x, y) => (x.at ?? 0) - (y.at ?? 0)),
        { only: ['icmp-unreachable'] },
      );
    const [finding] = run(6);
    expect(finding.title).toBe('10.3.1.1 cannot reach 10.3.2.9 on its link (host unreachable)');
    expect(finding.phases?.map(({ outcome }) => outcome)).toEqual(['answered', 'lost', 'answered']);
    expect(run(2)).toEqual([]);
  });
});
