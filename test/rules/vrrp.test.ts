import { describe, expect, it } from 'vitest';
import { arp, diagnose, echo, ethernet, ipv4, type TestFrame, tcp } from './lab.js';
import { first, second, syn, twoMasters } from './service-examples.js';
import { carp, glbp, hsrp, vrrpAdvert } from './services-lab.js';

const [MAC1, MAC2] = ['02:00:00:00:00:11', '02:00:00:00:00:12'];
const claim = (at: number, mac: string): TestFrame =>
  ethernet(
    { at, mac, dstMac: 'ff:ff:ff:ff:ff:ff' },
    arp({ op: 'reply', sender: '10.1.1.100', senderMac: mac, target: '10.1.1.100' }),
  );
const adverts = (make: (at: number) => TestFrame, ...times: number[]): TestFrame[] => times.map((at) => make(at));

describe('vrrp-two-masters', () => {
  const only = ['vrrp-two-masters'];
  it('names both', () => {
    const [finding] = diagnose(twoMasters(), { only });
    expect(finding).toMatchObject({
      severity: 'error',
      title: 'Two VRRP masters at once for 10.1.1.100: 10.1.1.11 and 10.1.1.12',
    });
    expect(finding.message).toContain(`10.1.1.11 (${MAC1}, priority 150) and 10.1.1.12 (${MAC2}, priority 200)`);
    expect(finding.cause).toBe('The advertisements of 10.1.1.12, which has the higher priority, do not reach 10.1.1.11.');
  });

  it('names each group that the same two are at odds in, also of one number', () => {
    const more = (at: number) => [
      hsrp({ src: '10.1.1.11', mac: MAC1, group: 51, virtual: '10.1.1.200', at }),
      hsrp({ src: '10.1.1.12', mac: MAC2, group: 51, virtual: '10.1.1.200', at: at + 0.4 }),
    ];
    const frames = [...twoMasters(), ...[0, 1, 2, 3, 4, 5].flatMap((n) => more(n + 0.05))];
    frames.sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    const titles = diagnose(frames, { only }).map((f) => f.title);
    expect(titles.sort()).toEqual([
      'Two VRRP masters at once for 10.1.1.100: 10.1.1.11 and 10.1.1.12',
      'Two active HSRP routers at once for 10.1.1.200: 10.1.1.11 and 10.1.1.12',
    ]);
  });

  it('says that somebody takes the address of a master that goes on', () => {
    const frames = [...adverts(first, 0, 1, 2), claim(2.2, MAC2), ...adverts(first, 3, 4, 5, 6, 7)];
    expect(diagnose(frames, { only }).map((f) => f.title)).toEqual([
      `${MAC2} takes 10.1.1.100, and the VRRP master 10.1.1.11 goes on`,
    ]);
  });

  it('leaves those that take over from each other', () => {
    const resigned = [
      ...adverts(first, 0, 1, 2),
      first(2.5, 0),
      ...adverts(second, 3, 4, 5),
      claim(3.01, MAC2),
      claim(5.5, MAC2),
    ];
    expect(diagnose(resigned, { only: ['vrrp-two-masters', 'vrrp-wrong-master'] })).toEqual([]);
    const preempted = [
      ...adverts(first, 0, 1, 2),
      second(2.5),
      first(2.6),
      ...adverts(second, 3.5, 4.5, 5.5),
      second(6, 0),
      first(6.5),
      first(7.5),
    ];
    expect(diagnose(preempted, { only: ['vrrp-two-masters', 'vrrp-wrong-master'] })).toEqual([]);
  });

  it('leaves two routers with IDs of their own, and a virtual MAC', () => {
    const other = (at: number) => vrrpAdvert({ at, src: '10.1.1.12', mac: MAC2, id: 52, addresses: ['10.1.1.200'] });
    expect(
      diagnose(
        [0, 1, 2, 3, 4].flatMap((at) => [first(at), other(at + 0.5)]),
        { only },
      ),
    ).toEqual([]);
    const frames = [...adverts(first, 0, 1, 2), claim(2.2, '00:00:5e:00:01:33'), ...adverts(first, 3, 4, 5, 6, 7)];
    expect(diagnose(frames, { only })).toEqual([]);
  });
});

describe('vrrp-wrong-master', () => {
  const only = ['vrrp-wrong-master'];
  const taken = [...adverts(second, 0, 1, 2), ...adverts(first, 6, 7, 8, 9, 10, 11, 12)];
  it('names the MAC and the master', () => {
    const [finding] = diagnose([...taken, syn(10.1, MAC2), syn(11.2, MAC2)], { only });
    expect(finding).toMatchObject({
      severity: 'error',
      title: `Packets to 10.1.1.100 go to ${MAC2}, the VRRP master is 10.1.1.11 (${MAC1})`,
    });
    expect(finding.message).toContain(`${MAC2}, which is 10.1.1.12`);
  });

  it('follows what should go by the virtual address as a gateway: answered while the old one was master, lost since', () => {
    const ping = (at: number, seq: number, dstMac: string) =>
      ethernet({ at, mac: '02:00:00:00:00:50', dstMac }, ipv4({ src: '10.1.1.50', dst: '10.9.9.9' }, echo({ seq })));
    const reply = (at: number, seq: number) =>
      ethernet(
        { at, mac: MAC2, dstMac: '02:00:00:00:00:50' },
        ipv4({ src: '10.9.9.9', dst: '10.1.1.50' }, echo({ seq, reply: true })),
      );
    const before = [1, 2].flatMap((n) => [ping(n + 0.3, n, MAC2), reply(n + 0.31, n)]);
    const after = (mac: string) => [8, 9, 10, 11].map((n) => ping(n + 0.3, n, mac));
    const frames = (mac: string) => [...taken, ...before, ...after(mac)].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    expect(diagnose(frames(MAC2), { only })).toMatchObject([
      {
        severity: 'error',
        title: `Packets that should go by 10.1.1.100 go to ${MAC2}, the VRRP master is 10.1.1.11 (${MAC1})`,
      },
    ]);
    const answered = [8, 9, 10, 11].map((n) => reply(n + 0.31, n));
    const all = [...frames(MAC2), ...answered].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    expect(diagnose(all, { only })).toEqual([]);
  });

  it('leaves packets to the master, to the old one while it was master, and what is answered', () => {
    expect(diagnose([...taken, syn(10.1, MAC1)], { only })).toEqual([]);
    expect(diagnose([...taken, syn(1.1, MAC2)], { only })).toEqual([]);
    const answer = ethernet(
      { at: 10.2, mac: MAC2 },
      ipv4({ src: '10.1.1.100', dst: '10.1.1.50' }, tcp({ src: 80, dst: 40_000, flags: 'SA', ack: 1 })),
    );
    expect(diagnose([...taken, syn(10.1, MAC2), answer], { only })).toEqual([]);
  });
});

describe('other gateways of two routers', () => {
  const only = ['vrrp-two-masters', 'vrrp-wrong-master'];
  const every3 = (make: (at: number) => TestFrame[], times = [0, 3, 6, 9, 12]) => times.flatMap(make);
  const one = { src: '10.1.1.11', mac: MAC1, priority: 110 } as const;
  const two = { src: '10.1.1.12', mac: MAC2, priority: 90 } as const;

  it('names two active routers of HSRP, and why', () => {
    const [same] = diagnose(
      every3((at) => [hsrp({ ...one, at }), hsrp({ ...two, at: at + 1 })]),
      { only },
    );
    expect(same).toMatchObject({
      title: 'Two active HSRP routers at once for 10.1.1.100: 10.1.1.11 and 10.1.1.12',
      cause: 'The advertisements of 10.1.1.11, which has the higher priority, do not reach 10.1.1.12.',
    });
    const [secret] = diagnose(
      every3((at) => [hsrp({ ...one, at }), hsrp({ ...two, at: at + 1, password: 'other' })]),
      { only },
    );
    expect(secret.cause).toContain('Their authentication differs');
    const [version] = diagnose(
      every3((at) => [hsrp({ ...one, at }), hsrp({ ...two, at: at + 1, version: 2 })]),
      { only },
    );
    expect(version.cause).toContain('do not speak the same version');
  });

  it('names one address in two groups', () => {
    const [found, ...more] = diagnose(
      every3((at) => [hsrp({ ...one, at }), hsrp({ ...two, at: at + 1, group: 2 })]),
      { only },
    );
    expect(more).toEqual([]);
    expect(found.title).toBe('10.1.1.100 is the address of two groups: HSRP group 1 of 10.1.1.11 and HSRP group 2 of 10.1.1.12');
  });

  it('names what carries the advertisements of the one that takes the address', () => {
    const takenFrom = (make: (at: number) => TestFrame): string[] =>
      diagnose([...adverts(make, 0, 1, 2), claim(2.2, MAC2), ...adverts(make, 3, 4, 5, 6, 7)], { only }).map((f) => f.cause);
    expect(takenFrom(first)).toEqual([expect.stringContaining('a filter for protocol 112')]);
    expect(takenFrom((at) => hsrp({ ...one, at }))).toEqual([expect.stringContaining('a filter for UDP 1985')]);
    expect(takenFrom((at) => glbp({ ...one, at }))).toEqual([expect.stringContaining('a filter for UDP 3222')]);
  });

  it('leaves the standby router, one that takes over, and groups with addresses of their own', () => {
    const healthy = [
      every3((at) => [hsrp({ ...one, at }), hsrp({ ...two, at: at + 1, active: false })]),
      [
        ...every3((at) => [hsrp({ ...one, at }), hsrp({ ...two, at: at + 1, active: false })]),
        hsrp({ ...one, at: 13, opcode: 2 }),
        ...every3((at) => [hsrp({ ...two, at: at + 14 })]),
      ],
      [
        ...every3((at) => [hsrp({ ...two, at })]),
        hsrp({ ...one, at: 13, opcode: 1 }),
        hsrp({ ...two, at: 13.1, opcode: 2 }),
        ...every3((at) => [hsrp({ ...one, at: at + 14 }), hsrp({ ...two, at: at + 15, active: false })]),
      ],
      every3((at) => [hsrp({ ...one, at }), hsrp({ ...two, at: at + 1, group: 2, virtual: '10.1.1.200' })]),
      every3((at) => [glbp({ ...one, at }), glbp({ ...two, at: at + 1, active: false })]),
      [0, 1, 2, 3, 4, 5].map((at) => carp({ at, src: '10.1.1.11', mac: '00:00:5e:00:01:03', skew: 0 })),
    ];
    for (const frames of healthy) expect(diagnose(frames, { only })).toEqual([]);
  });

  it('names two active gateways of GLBP and two masters of CARP', () => {
    const gateways = diagnose(
      every3((at) => [glbp({ ...one, at }), glbp({ ...two, at: at + 1 })]),
      { only },
    );
    expect(gateways.map(({ title }) => title)).toEqual([
      'Two active GLBP gateways at once for 10.1.1.100: 10.1.1.11 and 10.1.1.12',
    ]);
    const [masters] = diagnose(
      [0, 1, 2, 3, 4].flatMap((at) => [
        carp({ at, src: '10.1.1.11', mac: MAC1, skew: 0 }),
        carp({ at: at + 0.4, src: '10.1.1.12', mac: MAC2, skew: 100 }),
      ]),
      { only },
    );
    expect(masters).toMatchObject({
      title: 'Two CARP masters at once for virtual host 3: 10.1.1.11 and 10.1.1.12',
      cause: 'The advertisements of 10.1.1.11, which has the lower advskew, do not reach 10.1.1.12.',
    });
  });
});
