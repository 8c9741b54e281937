import { describe, expect, it } from 'vitest';
import { diagnose, echo, ethernet, ipv4, sll2, summary, type TestFrame } from './lab.js';
import {
  answersIn,
  asksIn,
  BRIDGE,
  bridged,
  bridgeKeepsIpv6,
  bridgeNames,
  bridgePassesIpv6,
  HOST,
  kept,
  known,
  linkExamples,
  NOBODY,
  noLoop,
  PORT,
  pastGateway,
  pings,
  ROUTER,
  resolves,
  sends,
  TAGGED,
  TARGET,
  UPLINK,
  uplinkLoop,
  VM,
} from './link-examples.js';

const example = (name: string): readonly TestFrame[] => linkExamples[`${name}.pcap`].frames;

describe('bridge-drops', () => {
  const options = { ifmap: bridgeNames };

  it('says what a bridge keeps and what it passes, once for both directions', () => {
    const findings = diagnose(example('bridge-keeps-ipv4'), options);
    expect(summary(findings).filter((text) => !text.startsWith('>'))).toEqual(['fail bridge-drops']);
    expect(findings[0]).toMatchObject({
      severity: 'error',
      title: 'router does not pass IPv4 between eno1 and vnet0, which it bridges',
    });
    expect(findings[0].message).toContain('ARP (4 frames)');
    expect(findings[0].cause).toContain('bridge-nf-call-iptables');
  });

  it('says that solicitations stop in the bridge, and not that nobody answers', () => {
    const findings = diagnose(bridgeKeepsIpv6, options);
    expect(summary(findings).filter((text) => !text.startsWith('>'))).toEqual(['fail bridge-drops']);
    expect(findings[0].message).toMatch(/3 packets from 2001:db8:1::30 for 2001:db8:1::9 came in on vnet0/);
    expect(findings[0].message).toMatch(/3 packets from 2001:db8:1::9 for 2001:db8:1::30 came in on eno1/);
  });

  it('leaves a bridge alone that passes all', () => {
    const frames = [1, 2, 3].flatMap((n) => [
      ...bridged(pings(HOST, VM, UPLINK, n, n), PORT),
      ...bridged(pings(VM, HOST, PORT, n + 0.01, n, true), UPLINK),
    ]);
    expect(diagnose([...resolves(0), ...frames], options)).toEqual([]);
    expect(diagnose(bridgePassesIpv6, options)).toEqual([]);
  });

  it('does not take a router for a bridge, nor what the node itself leaves unanswered', () => {
    const only = ['bridge-drops'];
    // Nothing shows that the two interfaces are bridged.
    const lost = [1, 2, 3].flatMap((n) => kept(pings(HOST, VM, UPLINK, n, n)));
    const heard = [4, 5].map((at) => pings(VM, HOST, PORT, at, at + 10));
    expect(diagnose([...lost, ...heard, ...lost.map((f) => ({ ...f, at: 9 }))], { ...options, only })).toEqual([]);
    // For the bridge's own MAC: routed, not bridged.
    const own = [1, 2, 3].map((n) =>
      sll2({ if: BRIDGE, dir: 'in', mac: HOST.mac, at: n }, ipv4({ src: HOST.ip, dst: VM.ip }, echo({ seq: n }))),
    );
    expect(diagnose([...resolves(0), ...own, ...resolves(9)], { ...options, only })).toEqual([]);
  });

  it('is in doubt where frames were lost', () => {
    const [finding] = diagnose(example('bridge-keeps-ipv4'), { ...options, points: { router: { dropped: 5 } } });
    expect(finding).toMatchObject({ rule: 'bridge-drops', verdict: 'inconclusive' });
  });
});

describe('uplink-loop', () => {
  const options = { ifmap: { [UPLINK]: 'vnet0', [PORT]: 'bond0', [BRIDGE]: 'br0' } };

  it('says that broadcasts come back, and that the answers stop', () => {
    const findings = diagnose(uplinkLoop, options);
    expect(summary(findings).filter((text) => !text.startsWith('>'))).toEqual(['fail uplink-loop']);
    expect(findings[0]).toMatchObject({
      severity: 'error',
      title: 'Broadcasts of 10.1.1.205 (0a:00:00:00:02:05) come back on bond0',
    });
    expect(findings[0].message).toContain(
      'The answers of 10.1.1.10 (0a:00:00:00:00:10) come in on bond0 and never leave by vnet0',
    );
  });

  it('leaves questions alone that go out and are answered, and a single one that comes back', () => {
    expect(diagnose(noLoop, options)).toEqual([]);
    expect(
      diagnose([...uplinkLoop.slice(0, 4), ...noLoop.map((f) => ({ ...f, at: undefined }))], {
        ...options,
        only: ['uplink-loop'],
      }),
    ).toEqual([]);
  });

  const twice = (from: typeof HOST, times: number): TestFrame[] =>
    Array.from({ length: times }, (_, n) => [n, n + 0.0002].map((at) => asksIn(null, from, TARGET.ip, at))).flat();

  it('says that the broadcasts of one host are seen twice', () => {
    const [finding] = diagnose([...twice(HOST, 4), asksIn(null, VM, TARGET.ip, 5)], { only: ['uplink-loop'] });
    expect(finding).toMatchObject({ title: expect.stringContaining(`${HOST.ip} (${HOST.mac}) is seen twice`) });
  });

  it('warns where that host asks again and again and nobody is heard to answer', () => {
    const others = asksIn(null, VM, TARGET.ip, 5);
    const vain = diagnose([...twice(HOST, 4), others], { only: ['uplink-loop'] });
    expect(vain).toMatchObject([
      { severity: 'warning', message: expect.stringContaining(`It asks for ${TARGET.ip} again and again`) },
    ]);
    // A minute between two questions is a refresh.
    const calm = twice(HOST, 4).map((f) => ({ ...f, at: Math.floor(f.at ?? 0) * 60 + ((f.at ?? 0) % 1) }));
    expect(diagnose([...calm, { ...others, at: 200 }], { only: ['uplink-loop'] })).toMatchObject([{ severity: 'info' }]);
    const answered = twice(HOST, 4).flatMap((f, i) =>
      i % 2 === 0 ? [f] : [f, answersIn(null, TARGET, HOST, (f.at ?? 0) + 0.001)],
    );
    expect(diagnose([...answered, others], { only: ['uplink-loop'] })).toMatchObject([{ severity: 'info' }]);
  });

  it('leaves a mirror port alone, where all is seen twice', () => {
    expect(diagnose([...twice(HOST, 4), ...twice(VM, 3)], { only: ['uplink-loop'] })).toEqual([]);
    expect(diagnose(twice(HOST, 4), { only: ['uplink-loop'] })).toEqual([]);
  });
});

describe('vlan-mismatch', () => {
  it('says in which VLAN each of two hosts speaks', () => {
    const findings = diagnose(example('vlan-mismatch'));
    expect(summary(findings).filter((text) => !text.startsWith('>'))).toEqual(['fail vlan-mismatch']);
    expect(findings[0].title).toBe('10.1.1.1 speaks in VLAN 20, 10.1.1.12 in VLAN 30');
  });

  it('says that the answers come in another VLAN than the questions', () => {
    const frames = [0, 1, 2, 3].flatMap((at) => [asksIn(20, ROUTER, TAGGED.ip, at), answersIn(null, TAGGED, ROUTER, at + 0.001)]);
    const [finding] = diagnose(frames, { only: ['vlan-mismatch'] });
    expect(finding.title).toBe('10.1.1.1 speaks in VLAN 20, 10.1.1.12 in no VLAN (untagged)');
  });

  it('leaves copies with and without a tag alone', () => {
    const frames = [0, 1, 2, 3].flatMap((at) =>
      [20, null].flatMap((tag) => [asksIn(tag, ROUTER, TAGGED.ip, at), asksIn(tag, TAGGED, ROUTER.ip, at + 0.5)]),
    );
    expect(diagnose(frames, { only: ['vlan-mismatch'] })).toEqual([]);
  });

  it('leaves a mirror port alone that shows tags in one direction: who was answered does not ask again at once', () => {
    const frames = [0, 60, 120].flatMap((at) => [asksIn(20, ROUTER, TAGGED.ip, at), answersIn(null, TAGGED, ROUTER, at + 0.001)]);
    expect(diagnose(frames, { only: ['vlan-mismatch'] })).toEqual([]);
  });
});

describe('mac-unknown', () => {
  it('says that packets go to a MAC that nobody has, by what the address says itself', () => {
    const findings = diagnose(example('mac-unknown'));
    expect(summary(findings).filter((text) => !text.startsWith('>'))).toEqual(['fail mac-unknown']);
    expect(findings[0].title).toBe(`Packets to ${TARGET.ip} are sent to ${NOBODY}, which nobody has`);
    expect(findings[0].message).toContain(`${TARGET.ip} is at ${TARGET.mac}, as it says itself`);
  });

  const frames = [1, 2, 3, 4].map((n) => sends(NOBODY, n, n));
  const late = sends(NOBODY, 9, 9);
  const nodes = (mac: string) => ({
    nodes: {
      router: { interfaces: { eth2: { mac: ROUTER.mac, addresses: [`${ROUTER.ip}/24`] } } },
      target: { interfaces: { eth0: { mac, addresses: [`${TARGET.ip}/24`] } } },
      other: { interfaces: { eth0: { mac: VM.mac, addresses: [`${VM.ip}/24`] } } },
    },
  });

  it('says the same by the topology, and whose MAC it is', () => {
    const only = ['mac-unknown'];
    const [unknown] = diagnose([...frames, late], { only, topology: nodes(TARGET.mac) });
    expect(unknown.message).toContain(`${TARGET.ip} is at ${TARGET.mac} (target)`);
    const [other] = diagnose(
      [1, 2, 3, 9].map((n) => sends(VM.mac, n, n)),
      { only, topology: nodes(TARGET.mac) },
    );
    expect(other.title).toBe(`Packets to ${TARGET.ip} are sent to ${VM.mac}, which is other’s`);
  });

  it('leaves packets alone that go to the right MAC, that are answered, or to a machine that the topology does not know', () => {
    const only = ['mac-unknown'];
    expect(
      diagnose(
        [1, 2, 3, 9].map((n) => sends(TARGET.mac, n, n)),
        { only, topology: nodes(TARGET.mac) },
      ),
    ).toEqual([]);
    const answered = frames.flatMap((f, i) => [
      f,
      ethernet(
        { at: i + 1.01, mac: NOBODY, dstMac: ROUTER.mac },
        ipv4({ src: TARGET.ip, dst: '10.9.0.5' }, echo({ seq: i + 1, reply: true })),
      ),
    ]);
    expect(diagnose([...known(0), ...answered], { only })).toEqual([]);
    // The lab was rebuilt: the machine is alive with another MAC.
    const alive = ethernet({ at: 0, mac: NOBODY, dstMac: ROUTER.mac }, ipv4({ src: TARGET.ip, dst: '10.9.0.6' }, echo({})));
    expect(diagnose([alive, ...frames, late], { only, topology: nodes(TARGET.mac) })).toEqual([]);
  });

  it('leaves packets alone that go to a router where their destination is on another link, also where it drops them', () => {
    const only = ['mac-unknown'];
    const FAR = '10.7.0.5';
    const [FIRST, SECOND, PLAIN] = ['0a:00:00:00:00:f1', '0a:00:00:00:00:f2', VM.mac];
    const router = (mac: string, ip: string) => ({
      eth0: { mac: mac.replace('0a:', '0e:'), addresses: [`${FAR.slice(0, -1)}${ip.slice(-1)}/24`] },
      eth1: { index: 3, mac, addresses: [`${ip}/24`] },
    });
    const topology = {
      nodes: {
        host: {
          interfaces: { eth0: { mac: HOST.mac, addresses: [`${HOST.ip}/24`] } },
          routes: ['default via 10.1.1.2 dev eth0'],
        },
        far: { interfaces: { eth0: { mac: '0a:00:00:00:07:05', addresses: [`${FAR}/24`] } } },
        first: { interfaces: router(FIRST, '10.1.1.2') },
        second: { interfaces: router(SECOND, '10.1.1.3') },
        plain: { interfaces: { eth0: { mac: PLAIN, addresses: [`${VM.ip}/24`] } } },
      },
    };
    const sent = (dstMac: string, point: string, dst = FAR): TestFrame[] =>
      [1, 2, 3, 9].flatMap((at) => {
        const frame = ethernet(
          { at, mac: HOST.mac, dstMac, point: 'host' },
          ipv4({ src: HOST.ip, dst, id: at }, echo({ seq: at })),
        );
        return [frame, { ...frame, at: at + 0.0001, point, if: 3 }];
      });
    // The router that the sender's route names, and another one that leads there as well; both drop what they get.
    expect(diagnose(sent(FIRST, 'first'), { only, topology })).toEqual([]);
    expect(diagnose(sent(SECOND, 'second'), { only, topology })).toEqual([]);
    // A host that passes nothing on, a MAC that nobody has, and a router where the destination is on the link itself.
    const title = (frames: readonly TestFrame[]) => diagnose(frames, { only, topology }).map((finding) => finding.title);
    expect(title(sent(PLAIN, 'plain').filter(({ point }) => point === 'host'))).toEqual([
      `Packets to 10.1.1.2 are sent to ${PLAIN}, which is plain’s`,
    ]);
    expect(title(sent(NOBODY, 'first').filter(({ point }) => point === 'host'))).toEqual([
      `Packets to 10.1.1.2 are sent to ${NOBODY}, which nobody has`,
    ]);
    expect(title(sent(FIRST, 'first', VM.ip))).toEqual([`Packets to ${VM.ip} are sent to ${FIRST}, which is first’s`]);
  });

  it('leaves packets alone that were sent before somebody took the address over', () => {
    const taken = [asksIn(null, HOST, TARGET.ip, 6), answersIn(null, TARGET, HOST, 6.001), asksIn(null, HOST, TARGET.ip, 9)];
    expect(diagnose([...[1, 2, 3].map((n) => sends(NOBODY, n, n)), ...taken], { only: ['mac-unknown'] })).toEqual([]);
  });

  it('says that an address sends from another MAC by now, which nobody announced', () => {
    const only = ['mac-unknown'];
    const speaks = (mac: string, at: number, ttl = 64): TestFrame =>
      ethernet(
        { at, mac, dstMac: ROUTER.mac },
        ipv4({ src: TARGET.ip, dst: '10.9.0.7', ttl, id: at }, echo({ id: 900 + at, seq: at })),
      );
    const lost = [8, 9, 10, 15].map((n) => sends(TARGET.mac, n, n));
    const told = (...frames: TestFrame[]) => diagnose(frames, { only }).map((finding) => finding.title);
    const title = `Packets to ${TARGET.ip} are sent to ${TARGET.mac}, which does not have it`;
    expect(told(...known(0), speaks(TARGET.mac, 2), speaks(VM.mac, 5), ...lost)).toEqual([title]);
    // Both go on, or a router passes them on from elsewhere.
    expect(told(...known(0), speaks(TARGET.mac, 2), speaks(VM.mac, 5), speaks(TARGET.mac, 7), ...lost)).toEqual([]);
    expect(told(...known(0), speaks(TARGET.mac, 2), speaks(VM.mac, 5, 61), ...lost)).toEqual([]);
    // Nothing ever came from the MAC that they are sent to.
    const never = [8, 9, 10, 15].map((n) => sends(NOBODY, n, n));
    expect(told(speaks(VM.mac, 5), ...never)).toEqual([`Packets to ${TARGET.ip} are sent to ${NOBODY}, which nobody has`]);
    // The capture has no MAC of its own for each end.
    expect(told(speaks(ROUTER.mac, 5), ...never)).toEqual([]);
    // Others that are sent to it are answered.
    const works = [
      ethernet({ at: 6, mac: ROUTER.mac, dstMac: NOBODY }, ipv4({ src: '10.9.0.5', dst: VM.ip }, echo({ id: 70, seq: 1 }))),
      ethernet(
        { at: 6.01, mac: VM.mac, dstMac: ROUTER.mac },
        ipv4({ src: VM.ip, dst: '10.9.0.5' }, echo({ id: 70, seq: 1, reply: true })),
      ),
    ];
    expect(told(speaks(VM.mac, 5), ...works, ...never)).toEqual([]);
  });

  it('says that packets go on to the old MAC after the address moved', () => {
    const moved = [...known(0), asksIn(null, HOST, TARGET.ip, 5), answersIn(null, { ip: TARGET.ip, mac: VM.mac }, HOST, 5.001)];
    const [finding] = diagnose([...moved, ...[8, 9, 10, 15].map((n) => sends(TARGET.mac, n, n))], { only: ['mac-unknown'] });
    expect(finding.message).toContain(`${TARGET.ip} is at ${VM.mac}`);
  });
});

describe('mac-asymmetric', () => {
  it('says that the answer goes past the gateway, where nothing after the SYN arrives', () => {
    const findings = diagnose(example('synack-past-gateway'));
    expect(summary(findings).filter((text) => !text.startsWith('>'))).toEqual(['fail mac-asymmetric']);
    expect(findings[0].title).toBe(
      'Connections to 10.9.0.7 port 80 go by 0a:00:00:00:00:01 and are answered by 0a:00:00:00:00:10',
    );
  });

  it('leaves asymmetry alone that works, also where one connection of several is stuck', () => {
    const only = ['mac-asymmetric'];
    expect(diagnose([...pastGateway(0, 40_000, true), ...known(9)], { only })).toEqual([]);
    expect(diagnose([...pastGateway(0, 40_000, true), ...pastGateway(5, 40_001, false), ...known(19)], { only })).toEqual([]);
  });

  it('leaves routers that share a MAC alone', () => {
    const frames = pastGateway(0, 40_000, false).map((f) =>
      f.dstMac === ROUTER.mac ? { ...f, dstMac: '00:00:5e:00:01:07' } : f,
    );
    expect(diagnose([...frames, ...known(9)], { only: ['mac-asymmetric'] })).toEqual([]);
  });
});
