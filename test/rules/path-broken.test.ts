import { describe, expect, it } from 'vitest';
import { diagnose, echo, ethernet, forward, ipv4, sll2, summary, type TestFrame, tcp, udp } from './lab.js';
import { broken, FROM, passed, TO } from './route-lab.js';

const only = ['path-broken'];
const topology = broken;

describe('path-broken', () => {
  it('names the node that has no return path, and the command to run there', () => {
    const findings = diagnose(passed(4), { topology: topology({ n2: ['10.77.2.0/24 dev eth0'] }), only });
    expect(findings).toMatchObject([
      {
        verdict: 'fail',
        title: 'n2 has no route back to 10.244.1.0/24',
        commands: ['ip route add 10.244.1.0/24 via 10.77.2.1 dev eth0'],
        subject: { node: 'n2', src: FROM, dst: TO },
      },
    ]);
  });

  it('names a node in the middle that does not forward, and whose route leads to it', () => {
    const { nodes } = broken({ n1: ['10.244.2.0/24 via 10.77.1.1 dev eth0', 'default via 10.77.1.1 dev eth0'] });
    const srv = {
      interfaces: { eth0: { index: 2, addresses: [`${TO}/24`] } },
      routes: ['default via 10.244.2.9 dev eth0'],
    };
    const idle = {
      interfaces: { eth0: { addresses: ['10.244.2.9/24'] }, eth1: { addresses: ['10.77.2.9/24'] } },
      routes: ['default via 10.77.2.1 dev eth1'],
      sysctls: { 'net.ipv4.ip_forward': '0' },
    };
    const lab = { nodes: { ...nodes, srv, idle } };
    const way = { title: 'idle does not forward IPv4 (net.ipv4.ip_forward is 0)', commands: ['sysctl -w net.ipv4.ip_forward=1'] };
    // The answers were never seen, or they were, at the server.
    const [unseen] = diagnose(passed(4), { topology: lab, only });
    expect(unseen).toMatchObject({ ...way, subject: { node: 'idle' } });
    expect(unseen.cause).toBe('The default route of srv by 10.244.2.9 leads to idle, which is no router.');
    const atServer = [0, 1, 3].flatMap((at) => [
      sll2({ if: 2, point: 'srv', at }, ipv4({ src: FROM, dst: TO, ttl: 62 }, tcp({ src: 40_000, dst: 80, flags: 'S', seq: 1 }))),
      sll2(
        { if: 2, point: 'srv', at: at + 0.001, dir: 'out' },
        ipv4({ src: TO, dst: FROM }, tcp({ src: 80, dst: 40_000, flags: 'SA', seq: 1, ack: 2 })),
      ),
    ]);
    const [seen] = diagnose(atServer, { topology: lab });
    expect(seen).toMatchObject({ ...way, rule: 'path-broken' });
    expect(seen.message).toContain('were seen, and nothing shows that they arrived');
  });

  it('names a route that drops them on the way there', () => {
    const routes = {
      r: ['10.244.1.0/24 via 10.77.1.11 dev eth1', '10.244.2.0/24 via 10.77.2.13 dev eth2'],
      n3: ['blackhole 10.244.2.0/24'],
    };
    expect(diagnose(passed(4), { topology: topology(routes), only })).toMatchObject([
      { title: 'n3 has a blackhole route for 10.244.2.0/24', subject: { node: 'n3' } },
    ]);
  });

  it('names a narrow route that is left over beside a wider one that leads there', () => {
    const routes = {
      r: [
        '10.244.1.0/24 via 10.77.1.11 dev eth1',
        '10.244.2.0/24 via 10.77.2.12 dev eth2',
        '10.244.2.16/28 via 10.77.2.13 dev eth2',
      ],
      n3: ['default via 10.77.2.1 dev eth0', '10.244.1.0/24 via 10.77.2.1 dev eth0'],
    };
    const [finding] = diagnose(passed(4), { topology: topology(routes), only });
    expect(finding).toMatchObject({
      title: 'r sends packets for 10.244.2.16/28 to n3, which does not lead there',
      subject: { node: 'r' },
      commands: [],
    });
    expect(finding.cause).toContain('narrower than its 10.244.2.0/24 via 10.77.2.12');
  });

  it('says of a capture of one interface that a rule leads the packets into a blackhole', () => {
    const lab = topology({});
    const r = {
      ...lab.nodes.r,
      routes: [...lab.nodes.r.routes, 'blackhole 10.244.0.0/16 table 200'],
      rules: ['0: from all lookup local', '1000: from 10.244.1.0/24 lookup 200', '32766: from all lookup main'],
    };
    const one = passed(4).flatMap(({ at, packet, if: port }) => (port === 3 ? [ethernet({ at, point: 'r' }, packet)] : []));
    expect(diagnose(one, { topology: { nodes: { ...lab.nodes, r } }, only })).toMatchObject([
      {
        title: 'r has a blackhole route for 10.244.0.0/16 in table 200, by the rule "1000: from 10.244.1.0/24 lookup 200"',
        commands: ['ip route del blackhole 10.244.0.0/16 table 200'],
      },
    ]);
    expect(diagnose(one, { topology: lab, only })).toEqual([]);
  });

  it('is the cause of all that is unanswered for the same reason, a datagram among it', () => {
    const question = sll2(
      { if: 3, point: 'r', at: 2.5 },
      ipv4({ src: FROM, dst: TO, ttl: 63 }, udp({ src: 4000, dst: 5000, data: 20 })),
    );
    const syns = passed(6);
    const frames = [...syns.slice(0, 6), question, forward(question, { if: 4 }), ...syns.slice(6)];
    const [first, ...rest] = diagnose(frames, { topology: topology({ n2: ['10.77.2.0/24 dev eth0'] }) });
    expect(first.rule).toBe('path-broken');
    expect(rest.every((f) => f.foldedUnder === first.id)).toBe(true);
  });

  it('believes the packets more than the routes: what is answered has a return path', () => {
    const answers = passed(4).map(
      (frame, i): TestFrame =>
        i % 2 === 0
          ? frame
          : sll2(
              { if: 4, point: 'r', at: (frame.at ?? 0) + 0.001 },
              ipv4({ src: TO, dst: FROM }, tcp({ src: 80, dst: 40_000, flags: 'SA', seq: 1, ack: 1001 })),
            ),
    );
    expect(diagnose(answers, { topology: topology({ n2: ['10.77.2.0/24 dev eth0'] }), only })).toEqual([]);
  });

  it('says nothing where the ways are whole, routes are not known, or a rule may decide', () => {
    expect(diagnose(passed(4), { topology: topology({}), only })).toEqual([]);
    const unknown = topology({ n2: ['10.77.2.0/24 dev eth0'] });
    const { routes: _, ...n2 } = unknown.nodes.n2;
    expect(diagnose(passed(4), { topology: { nodes: { ...unknown.nodes, n2 } }, only })).toEqual([]);
    const ruled = {
      ...unknown.nodes.n2,
      rules: ['0:\tfrom all lookup local', '100:\tfrom 10.244.2.0/24 lookup 7', '32766:\tfrom all lookup main'],
    };
    expect(diagnose(passed(4), { topology: { nodes: { ...unknown.nodes, n2: ruled } }, only })).toEqual([]);
    expect(summary(diagnose(passed(4), { ifmap: { 3: 'eth1', 4: 'eth2' }, only }))).toEqual([]);
  });

  it('says nothing by a default route alone: where no other is listed, not even that of a link, there may be others', () => {
    // From n1 by r, which has a default route towards nobody.
    const frames = passed(4, { point: 'n1', if: 3 }).map((f, i): TestFrame => (i % 2 === 0 ? f : forward(f, { if: 2 })));
    const said = (...r: string[]) => diagnose(frames, { topology: topology({ r }), only, points: { n1: {} } });
    expect(said()).toEqual([]);
    expect(said('10.77.1.0/24 dev eth1', '10.77.2.0/24 dev eth2')).toMatchObject([{ subject: { node: 'r' } }]);
  });
});

describe('undecided', () => {
  it('names the interface by which the asked node answers, where it was not captured', () => {
    const lab = (via: string) => ({
      nodes: {
        r: {
          interfaces: { bond0: { addresses: ['203.0.113.2/30'] }, tun1: { index: 3, addresses: ['10.2.0.1/32'] } },
          routes: [`default via 203.0.113.1 dev ${via}`],
        },
      },
    });
    const pings = [0, 1].map((at) =>
      sll2({ if: 3, point: 'r', at }, ipv4({ src: '198.51.100.7', dst: '203.0.113.2', ttl: 60 }, echo({ seq: at }))),
    );
    const says = (via: string) =>
      diagnose(pings, { topology: lab(via), only: ['undecided'], points: { r: { everyInterface: false } } })
        .map((f) => f.message)
        .join(' ');
    expect(says('bond0')).toContain('sends answers to 198.51.100.7 by bond0');
    expect(says('tun1')).not.toContain('bond0');
  });
});
