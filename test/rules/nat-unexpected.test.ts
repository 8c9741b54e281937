import { describe, expect, it } from 'vitest';
import { arp, diagnose, dns, ethernet, forward, icmpError, ipv4, sll2, snat, summary, type TestFrame, tcp, udp } from './lab.js';
import { attempts, FAR, ifmap, NEAR, POD, ROUTES, SERVER, syn, topology, UPLINK } from './path-lab.js';

const CLIENT = '192.168.10.100';
const VIP = '10.96.163.90';
const BACKEND = '192.168.10.101';
const frame = (src: string, dst: string, at: number, body: Parameters<typeof ipv4>[1]): TestFrame =>
  ethernet({ at }, ipv4({ src, dst }, body));
const request = frame(CLIENT, VIP, 0, tcp({ src: 40_000, dst: 80, flags: 'S', seq: 1000 }));
const answer = (ack: number) => frame(BACKEND, CLIENT, 0.1, tcp({ src: 10_250, dst: 40_000, flags: 'SA', seq: 7, ack }));
const reset = frame(CLIENT, BACKEND, 0.2, tcp({ src: 40_000, dst: 10_250, flags: 'R', seq: 1001 }));

describe('nat-unexpected', () => {
  it('tells an answer that missed the translation', () => {
    const findings = diagnose([request, answer(1001), reset, { ...request, at: 3 }]);
    expect(summary(findings)[0]).toBe('fail nat-unexpected');
    expect(findings[0]).toMatchObject({
      severity: 'error',
      title: 'Answers for 10.96.163.90 port 80 come from 192.168.10.101 port 10250',
    });
    expect(findings[0].message).toContain('resets it');
  });

  it('leaves open whether a datagram was translated or one machine has both addresses, and knows it by the MAC', () => {
    const [asked, other] = ['10.62.0.53', '10.62.0.20'];
    const frames = [0, 1].flatMap((n) => {
      const question = frame('10.62.0.10', asked, n, udp({ src: 40_000 + n, dst: 53, data: dns({ id: n + 1, name: 'a.test' }) }));
      const reply = udp({ src: 53, dst: 40_000 + n, data: dns({ id: n + 1, name: 'a.test', response: true }) });
      const refusal = icmpError({ type: 3, code: 3 }, ipv4({ src: other, dst: '10.62.0.10' }, reply));
      return [question, frame(other, '10.62.0.10', n + 0.1, reply), frame('10.62.0.10', other, n + 0.2, refusal)];
    });
    const only = ['nat-unexpected'];
    const [open] = diagnose(frames, { only });
    expect(open.cause).toContain('Either one machine has both addresses');
    const claims = [asked, other].map((sender, n) =>
      ethernet(
        { at: 3 + n },
        arp({ op: 'reply', sender, senderMac: '02:00:00:00:00:53', target: '10.62.0.10', targetMac: '0a:00:00:00:00:0a' }),
      ),
    );
    expect(diagnose([...frames, ...claims], { only })[0].cause).toContain('Both are addresses of one machine');
  });

  it('tells a source that is translated within the lab', () => {
    const frames = [0, 1, 2].flatMap((i) => {
      const sent = syn(POD, SERVER, { if: NEAR, at: i });
      return [sent, snat(forward(sent, { if: FAR }), '192.168.20.200')];
    });
    const findings = diagnose(frames, { topology: topology(...ROUTES), only: ['nat-unexpected'] });
    expect(findings).toMatchObject([{ verdict: 'fail', severity: 'warning', subject: { src: POD, target: '192.168.20.200' } }]);
  });

  it('warns of such a translation that works: the server sees the node in place of the client', () => {
    const sent = syn(POD, SERVER, { if: NEAR, at: 0 });
    const reply = (src: string, dst: string, sight: object) =>
      sll2(sight, ipv4({ src, dst, id: 77, ttl: 63 }, tcp({ src: 80, dst: 40_000, flags: 'SA', seq: 9, ack: 1001 })));
    const ack = sll2(
      { if: NEAR, at: 0.02 },
      ipv4({ src: POD, dst: SERVER, ttl: 63 }, tcp({ src: 40_000, dst: 80, seq: 1001, ack: 10 })),
    );
    const frames = [
      sent,
      snat(forward(sent, { if: FAR }), '192.168.20.200'),
      reply(SERVER, '192.168.20.200', { if: FAR, at: 0.01 }),
      forward(reply(SERVER, POD, { if: FAR }), { if: NEAR }),
      ack,
      snat(forward(ack, { if: FAR }), '192.168.20.200'),
    ];
    const options = { topology: topology(...ROUTES), only: ['nat-unexpected'] };
    const [finding] = diagnose(frames, options);
    expect(finding).toMatchObject({ verdict: 'fail', severity: 'warning', subject: { src: POD, target: '192.168.20.200' } });
    expect(finding.message).toContain('sees 192.168.20.200 as the client');
    // Where it is not known that nothing should be translated, it is as good as any.
    expect(diagnose(frames, { ifmap, only: ['nat-unexpected'] })).toEqual([]);
  });

  it('tells a source that is translated to an address that nobody has', () => {
    const frames = (outside: string) =>
      [0, 1, 2].flatMap((i) => {
        const sent = syn(POD, '198.51.100.53', { if: NEAR, at: i });
        return [sent, snat(forward(sent, { if: UPLINK }), outside)];
      });
    const options = { topology: topology(...ROUTES), only: ['nat-unexpected'] };
    expect(diagnose(frames('192.0.2.99'), options)).toMatchObject([
      { severity: 'error', title: 'router translates 172.20.0.96 to 192.0.2.99, an address that nobody has' },
    ]);
    expect(diagnose(frames('10.0.2.15'), options)).toEqual([]);
  });

  it('leaves alone an answer that acknowledges something else, and packets that nobody translated', () => {
    expect(diagnose([request, answer(5555), reset], { only: ['nat-unexpected'] })).toEqual([]);
    const plain = attempts(POD, SERVER, NEAR, FAR);
    expect(diagnose(plain, { topology: topology(...ROUTES), only: ['nat-unexpected'] })).toEqual([]);
    expect(diagnose(plain, { ifmap, only: ['nat-unexpected'] })).toEqual([]);
  });

  it('sees at the server that the client asked somebody else', () => {
    const asked = (at: number) => frame(CLIENT, BACKEND, at, tcp({ src: 41_000, dst: 80, flags: 'S', seq: 1000 }));
    const told = (at: number) =>
      frame(BACKEND, CLIENT, at + 0.01, tcp({ src: 80, dst: 41_000, flags: 'SA', seq: 7 + at, ack: 1001 }));
    const refuses = (at: number) => frame(CLIENT, BACKEND, at + 0.02, tcp({ src: 41_000, dst: 80, flags: 'R', seq: 1001 }));
    const findings = diagnose([0, 1, 3].flatMap((at) => [asked(at), told(at), refuses(at)]));
    expect(findings.map((f) => [f.rule, f.title])).toEqual([
      ['nat-unexpected', `${CLIENT} did not ask ${BACKEND} port 80, whose answers get a reset`],
    ]);
    // A scanner, which does not come again.
    expect(diagnose([asked(0), told(0), refuses(0)], { only: ['nat-unexpected'] })).toEqual([]);
  });
});
