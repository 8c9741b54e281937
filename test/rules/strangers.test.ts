// Replies and resets from another MAC than the packets before them.
import { describe, expect, it } from 'vitest';
import { arp, diagnose, echo, ethernet, ipv4, type TestFrame, tcp } from './lab.js';

const CLIENT = '10.71.0.10';
const HOST = '10.71.0.50';
const ME = '02:00:00:00:00:10';
const FIRST = '02:00:00:00:00:21';
const SECOND = '02:00:00:00:00:22';

describe('pings that are answered twice', () => {
  const only = ['arp-duplicate'];
  const asks = (seq: number): TestFrame =>
    ethernet({ at: seq, mac: ME, dstMac: FIRST }, ipv4({ src: CLIENT, dst: HOST }, echo({ seq })));
  const reply = (seq: number, mac: string, late = 0): TestFrame =>
    ethernet(
      { at: seq + 0.001 + late, mac, dstMac: ME },
      ipv4({ src: HOST, dst: CLIENT, id: mac === FIRST ? seq : seq + 100 }, echo({ seq, reply: true })),
    );

  it('come from two machines with one address', () => {
    const frames = [1, 2, 3].flatMap((seq) => [asks(seq), reply(seq, FIRST), reply(seq, SECOND, 0.001)]);
    const [finding] = diagnose(frames, { only });
    expect(finding).toMatchObject({ verdict: 'fail', severity: 'error', title: `2 MACs answer pings of ${HOST}`, count: 3 });
    expect(finding.message).toContain(`3 pings of ${HOST} got 6 replies`);
    expect(finding.message).toContain(SECOND);
  });

  it('are none where the address moved, or a router brings each reply by another way', () => {
    const moved = [1, 2, 3, 4].flatMap((seq) => [asks(seq), reply(seq, seq < 3 ? FIRST : SECOND)]);
    expect(diagnose(moved, { only })).toEqual([]);
    const turns = [1, 2, 3, 4].flatMap((seq) => [asks(seq), reply(seq, seq % 2 === 0 ? FIRST : SECOND)]);
    expect(diagnose(turns, { only })).toEqual([]);
  });
});

describe('a reset of another machine', () => {
  const only = ['tcp-reset'];
  const client = (port: number, flags: string, seq: number, at: number, data = 0): TestFrame =>
    ethernet(
      { at, mac: ME, dstMac: FIRST },
      ipv4({ src: CLIENT, dst: HOST }, tcp({ src: port, dst: 80, flags, seq, ack: 5001, data })),
    );
  const server = (port: number, flags: string, at: number, mac = FIRST, ttl = 64): TestFrame =>
    ethernet(
      { at, mac, dstMac: ME },
      ipv4({ src: HOST, dst: CLIENT, ttl }, tcp({ src: 80, dst: port, flags, seq: flags === 'SA' ? 5000 : 5001, ack: 1051 })),
    );
  const connection = (port: number, at: number, by: string, ttl = 64): TestFrame[] => [
    client(port, 'S', 1000, at),
    server(port, 'SA', at + 0.001, FIRST, ttl),
    client(port, 'A', 1001, at + 0.002),
    client(port, 'PA', 1001, at + 0.003, 50),
    server(port, 'A', at + 0.004, FIRST, ttl),
    server(port, 'R', at + 0.1, by, ttl),
  ];

  it('has the address as well, where the first one goes on', () => {
    const [finding] = diagnose([...connection(40_000, 0, SECOND), ...connection(40_001, 1, SECOND)], { only });
    expect(finding.title).toBe(`Another machine than ${HOST} resets 2 open connections to ${HOST} port 80`);
    expect(finding.cause).toContain(`the reset from ${SECOND}`);
    expect(finding.hint).toContain('take 10.71.0.50 away from it');
  });

  it('is that of the server where it is its MAC, where the address has moved, and behind a router', () => {
    const title = `${HOST} port 80 resets`;
    expect(diagnose([...connection(40_000, 0, FIRST), ...connection(40_001, 1, FIRST)], { only })[0].title).toContain(title);
    expect(diagnose(connection(40_000, 0, SECOND), { only })[0].title).toContain(title);
    const routed = [...connection(40_000, 0, SECOND, 62), ...connection(40_001, 1, SECOND, 62)];
    expect(diagnose(routed, { only })[0].title).toContain(title);
  });
});

describe('an address that moved', () => {
  const only = ['arp-takeover'];
  const claim = (at: number, mac: string): TestFrame =>
    ethernet(
      { at, mac, dstMac: 'ff:ff:ff:ff:ff:ff' },
      arp({ op: 'reply', sender: HOST, senderMac: mac, target: HOST, targetMac: 'ff:ff:ff:ff:ff:ff' }),
    );
  const syn = (at: number, port: number, to: string): TestFrame =>
    ethernet({ at, mac: ME, dstMac: to }, ipv4({ src: CLIENT, dst: HOST }, tcp({ src: port, dst: 80, flags: 'S', seq: 1000 })));
  const works = (at: number, port: number, mac: string): TestFrame[] => [
    syn(at, port, mac),
    ethernet(
      { at: at + 0.001, mac, dstMac: ME },
      ipv4({ src: HOST, dst: CLIENT }, tcp({ src: 80, dst: port, flags: 'SA', seq: 9, ack: 1001 })),
    ),
    ethernet(
      { at: at + 0.002, mac: ME, dstMac: mac },
      ipv4({ src: CLIENT, dst: HOST }, tcp({ src: port, dst: 80, seq: 1001, ack: 10 })),
    ),
  ];
  const vain = [10, 11, 13].map((at) => syn(at, 40_009, SECOND));
  const end = claim(30, SECOND);

  it('is a fault where the new MAC answers nothing, and is its cause', () => {
    const frames = [claim(0, FIRST), ...works(1, 40_001, FIRST), claim(5, SECOND), ...vain, end];
    expect(diagnose(frames, { only })).toMatchObject([
      { verdict: 'fail', severity: 'error', title: `${HOST} does not answer since it moved to ${SECOND}` },
    ]);
    const all = diagnose(frames);
    expect(all[0].rule).toBe('arp-takeover');
    expect(all.find(({ rule }) => rule === 'tcp-no-answer')?.foldedUnder).toBe(all[0].id);
  });

  it('is a fail-over where others are answered since, or nothing was answered before', () => {
    const severities = (frames: TestFrame[]) => diagnose(frames, { only }).map(({ severity }) => severity);
    expect(
      severities([claim(0, FIRST), ...works(1, 40_001, FIRST), claim(5, SECOND), ...works(6, 40_002, SECOND), ...vain, end]),
    ).toEqual(['info']);
    expect(severities([claim(0, FIRST), claim(5, SECOND), ...vain, end])).toEqual(['info']);
  });
});
