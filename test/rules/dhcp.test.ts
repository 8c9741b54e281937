import { describe, expect, it } from 'vitest';
import { arp, diagnose, echo, ethernet, ipv4, summary, type TestFrame, tcp } from './lab.js';
import { dhcp } from './services-lab.js';

const CLIENT = '02:00:00:00:00:0a';
const SERVER_MAC = '02:00:00:00:00:01';
const your = '10.1.1.60';
const lease = (at: number, xid = 1): TestFrame[] => [
  dhcp('discover', { at, xid }),
  dhcp('offer', { at: at + 0.1, xid, your }),
  dhcp('request', { at: at + 0.2, xid }),
  dhcp('ack', { at: at + 0.3, xid, your }),
];
const probe = (at: number): TestFrame =>
  ethernet(
    { at, mac: SERVER_MAC, dstMac: 'ff:ff:ff:ff:ff:ff' },
    arp({ sender: '10.1.1.1', senderMac: SERVER_MAC, target: your }),
  );
const end = (at: number): TestFrame => ethernet({ at }, arp({ sender: '10.1.1.9', senderMac: SERVER_MAC, target: '10.1.1.9' }));
const refused = (n: number): TestFrame[] => [
  dhcp('discover', { at: n, xid: n }),
  dhcp('offer', { at: n + 0.1, xid: n, your }),
  dhcp('request', { at: n + 0.2, xid: n }),
  dhcp('nak', { at: n + 0.3, xid: n }),
];

describe('an address that is leased', () => {
  const only = ['arp-duplicate'];
  const uses = (mac: string, ...times: number[]): TestFrame[] =>
    times.map((at) =>
      ethernet({ at, mac, dstMac: 'ff:ff:ff:ff:ff:ff' }, arp({ sender: your, senderMac: mac, target: '10.1.1.1' })),
    );
  const OTHER = '02:00:00:00:00:66';

  it('is a duplicate where another machine uses it', () => {
    expect(diagnose([...lease(0), ...uses(OTHER, 1, 30, 60)], { only })).toMatchObject([
      {
        severity: 'error',
        title: `${your} is leased to ${CLIENT}, and ${OTHER} uses it`,
        subject: { target: your, macs: [CLIENT, OTHER] },
      },
    ]);
  });

  it('is none where its client does, where it was in use before, or was leased anew to who uses it', () => {
    expect(diagnose([...lease(0), ...uses(CLIENT, 1, 30, 60)], { only })).toEqual([]);
    expect(diagnose([...uses(OTHER, 0, 30, 60), ...lease(100), ...uses(CLIENT, 101, 130)], { only })).toEqual([]);
    const anew = [
      dhcp('request', { at: 70, xid: 2, mac: OTHER, client: OTHER }),
      dhcp('ack', { at: 70.1, xid: 2, your, client: OTHER }),
    ];
    expect(diagnose([...lease(0), ...anew, ...uses(OTHER, 71, 80, 90)], { only })).toEqual([]);
  });
});

describe('dhcp-offer-lost', () => {
  const only = ['dhcp-offer-lost'];
  const starts = (n: number, values = {}): TestFrame[] =>
    [0, 4, 12].slice(0, n).flatMap((at) => [dhcp('discover', { at }), dhcp('offer', { at: at + 0.1, your, ...values })]);

  it('says that the client starts over', () => {
    expect(diagnose(starts(3), { only })[0]).toMatchObject({
      severity: 'error',
      title: `DHCP client ${CLIENT} does not take the OFFER of ${your}`,
      count: 3,
    });
  });

  it('names a wrong checksum', () => {
    const [finding] = diagnose(starts(3, { checksum: 0x1234 }), { only });
    expect(finding.title).toContain('its checksum is wrong');
    expect(finding.message).toContain('The UDP checksum of all 3 OFFERs is wrong');
  });

  const relay = '10.1.1.2';
  const relayed = (dstPort: number): TestFrame[] =>
    [0, 4, 12].flatMap((at) => [
      dhcp('discover', { at }),
      dhcp('discover', { at: at + 0.01, relay, src: '10.1.9.2', dst: '10.1.9.1', srcPort: 67 }),
      dhcp('offer', { at: at + 0.1, relay, your, server: '10.1.9.1', dst: relay, dstPort }),
    ]);

  it('names the wrong port of a relay', () => {
    expect(diagnose(relayed(68), { only })[0].title).toBe(
      'DHCP server 10.1.9.1 answers relay 10.1.1.2 on port 68, it listens on 67',
    );
  });

  it('says where relayed offers end', () => {
    expect(diagnose(relayed(67), { only })[0].title).toBe('DHCP OFFERs of 10.1.9.1 to relay 10.1.1.2 do not reach the client');
  });

  it('says so too where offers alone pass, again and again', () => {
    const offers = (times: number[]) =>
      times.map((at) => dhcp('offer', { at, relay, your, server: '10.1.9.1', dst: relay, dstPort: 67 }));
    expect(diagnose([...offers([0, 4, 12]), end(20)], { only })[0]).toMatchObject({
      title: 'DHCP OFFERs of 10.1.9.1 to relay 10.1.1.2 do not reach the client',
      count: 3,
    });
    expect(diagnose([...offers([0, 4]), end(20)], { only })).toEqual([]);
    expect(diagnose([...offers([0, 0.1, 0.2]), end(20)], { only })).toEqual([]);
  });

  it('leaves a lease alone, relayed or not, and an offer that is still to be taken', () => {
    const passedOn = [
      dhcp('discover', { at: 0 }),
      dhcp('discover', { at: 0.01, relay, src: '10.1.9.2', dst: '10.1.9.1', srcPort: 67 }),
      dhcp('offer', { at: 0.1, relay, your, server: '10.1.9.1', dst: relay, dstPort: 67 }),
      dhcp('offer', { at: 0.11, relay, your, server: '10.1.9.1' }),
      dhcp('request', { at: 0.2 }),
      dhcp('request', { at: 0.21, relay, src: '10.1.9.2', dst: '10.1.9.1', srcPort: 67 }),
      dhcp('ack', { at: 0.3, relay, your, server: '10.1.9.1', dst: relay, dstPort: 67 }),
      dhcp('ack', { at: 0.31, relay, your, server: '10.1.9.1' }),
    ];
    expect(diagnose([...passedOn, end(9)])).toEqual([]);
    expect(diagnose([...starts(1), end(1)])).toEqual([]);
    expect(diagnose([...starts(2), dhcp('request', { at: 4.2 }), dhcp('ack', { at: 4.3, your }), end(9)])).toEqual([]);
  });
});

describe('addresses on offer', () => {
  const probed = [
    dhcp('discover', { at: 0 }),
    ...[0.1, 1.1, 2.1].map(probe),
    ethernet({ at: 3.1, mac: SERVER_MAC }, ipv4({ src: '10.1.1.1', dst: your }, echo({ seq: 0 }))),
    dhcp('offer', { at: 3.2, your }),
  ];
  it('are asked for by their server, and silence is right', () => {
    expect(diagnose([...probed, dhcp('request', { at: 3.3 }), dhcp('ack', { at: 3.4, your }), end(9)])).toEqual([]);
  });
  it('are answered for once they are acknowledged', () => {
    const after = [20, 21, 22, 23].map(probe);
    const titles = diagnose([...lease(0), ...after, end(30)], { only: ['arp-no-reply'] }).map((f) => f.title);
    expect(titles).toEqual([`Nobody answers ARP for ${your}`]);
  });
});

describe('dhcp-no-answer', () => {
  const only = ['dhcp-no-answer'];
  it('says that no server offers an address', () => {
    const frames = [0, 4, 12].map((at) => dhcp('discover', { at }));
    expect(diagnose([...frames, end(30)], { only })[0]).toMatchObject({
      severity: 'warning',
      title: `No DHCP server offers an address to ${CLIENT}`,
      count: 3,
    });
  });
  it('says that the lease is not renewed', () => {
    const frames = [0, 4, 12].map((at) => dhcp('request', { at, src: your, dst: '10.1.1.1' }));
    expect(diagnose([...frames, end(30)], { only })[0].title).toBe(`No DHCP server answers the REQUESTs of ${CLIENT}`);
  });
  it('leaves renewals whose answers pass elsewhere', () => {
    const frames = [0, 120, 250, 380].map((at) => dhcp('request', { at, src: your, dst: '10.1.1.1' }));
    expect(diagnose([...frames, end(400)], { only })).toEqual([]);
  });
  it('leaves two questions, a late offer and a client that was answered after all', () => {
    const frames = [0, 4, 12].map((at) => dhcp('discover', { at }));
    expect(diagnose([...frames.slice(0, 2), end(30)], { only })).toEqual([]);
    expect(diagnose([...frames, ...lease(20, 2)], { only })).toEqual([]);
  });
  it('leaves a single question to the line of what is open', () => {
    const findings = diagnose([dhcp('discover', { at: 0 }), end(30)]);
    expect(findings.map((f) => f.rule)).toEqual(['undecided']);
    const another = '02:00:00:00:00:0c';
    const answered = [
      dhcp('discover', { at: 0, xid: 9, client: another }),
      dhcp('offer', { at: 0.1, xid: 9, client: another, your }),
    ];
    expect(diagnose([...answered, dhcp('discover', { at: 0.2 }), end(2)])).toEqual([]);
  });
});

describe('dhcp-refused', () => {
  const only = ['dhcp-refused'];
  it('says who refuses', () => {
    expect(diagnose([...refused(1), ...refused(2)], { only })[0]).toMatchObject({
      severity: 'error',
      title: `DHCP server 10.1.1.1 refuses the lease of ${CLIENT}`,
      count: 2,
    });
  });
  it('leaves a client alone that comes from another network', () => {
    const [, , request, nak] = refused(1);
    expect(diagnose([request, nak, ...lease(2, 2), end(9)])).toEqual([]);
  });
});

describe('dhcp-two-servers', () => {
  const only = ['dhcp-two-servers'];
  const offers = (second: string, mask = '255.255.255.0'): TestFrame[] => [
    dhcp('discover', { at: 0 }),
    dhcp('offer', { at: 0.1, your, mask: '255.255.255.0', router: '10.1.1.1' }),
    dhcp('offer', { at: 0.2, your: second, server: '192.168.0.1', mask, router: '192.168.0.1' }),
    dhcp('request', { at: 0.3 }),
    dhcp('ack', { at: 0.4, your, mask: '255.255.255.0' }),
  ];
  it('says that they offer different networks', () => {
    expect(diagnose(offers('192.168.0.77'), { only })[0]).toMatchObject({
      severity: 'warning',
      title: 'Two DHCP servers, 10.1.1.1 and 192.168.0.1, offer different networks',
    });
  });
  it('names the one whose clients are cut off, before what they miss', () => {
    const syn = (s: number, src: string): TestFrame =>
      ethernet({ at: s }, ipv4({ src, dst: '203.0.113.9' }, tcp({ src: 40_000, dst: 443, flags: 'S' })));
    const lost = [1, 2, 4].map((s) => syn(s, '192.168.0.77'));
    const findings = diagnose([...offers('192.168.0.77'), ...lost, end(9)]);
    expect(summary(findings)).toEqual(['fail dhcp-two-servers', '> fail tcp-no-answer']);
    expect(findings[0]).toMatchObject({ severity: 'error', cause: expect.stringMatching(/^192\.168\.0\.1 does not belong/) });
  });
  it('makes a remark of another router in the same network, and an error where it is not there', () => {
    const [first, ...rest] = offers('10.1.1.90').map((frame, i) =>
      i === 2
        ? dhcp('offer', { at: 0.2, your: '10.1.1.90', server: '10.1.1.2', mask: '255.255.255.0', router: '10.1.1.66' })
        : frame,
    );
    const [finding] = diagnose([first, ...rest], { only });
    expect(finding).toMatchObject({
      severity: 'info',
      title: 'Two DHCP servers, 10.1.1.1 and 10.1.1.2, offer different routers',
    });
    const asks = [1, 2, 3].map((at) => ethernet({ at }, arp({ sender: '10.1.1.90', senderMac: CLIENT, target: '10.1.1.66' })));
    expect(diagnose([first, ...rest, ...asks, end(9)], { only })[0].severity).toBe('error');
  });
  it('leaves servers that share a network', () => {
    expect(diagnose([...offers('10.1.1.90'), end(9)])).toEqual([]);
  });
});
