import { describe, expect, it } from 'vitest';
import { at, diagnose, dnat, dns, echo, forward, ipv4, sll2, type TestFrame, udp } from './lab.js';

const only = ['dns-no-answer'];
const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.53';
const ask = (s: number, id: number, name = 'db.example.net', server = SERVER): TestFrame =>
  sll2({ if: 2, at: s }, ipv4({ src: CLIENT, dst: server }, udp({ src: 30_000 + id, dst: 53, data: dns({ id, name }) })));
const tell = (s: number, id: number, rcode = 0): TestFrame =>
  sll2(
    { if: 3, at: s },
    ipv4({ src: SERVER, dst: CLIENT }, udp({ src: 53, dst: 30_000 + id, data: dns({ id, response: true, rcode }) })),
  );
const later = (s: number): TestFrame => at(s, sll2({}, ipv4({ src: '10.5.5.5', dst: '10.5.5.6' }, echo({ reply: true }))));

describe('dns-no-answer', () => {
  it('finds a server that does not answer, with the names', () => {
    const [finding] = diagnose([ask(0, 1), ask(0.1, 2, 'web.example.net'), later(9)], { only });
    expect(finding).toMatchObject({ verdict: 'fail', title: 'DNS server 10.1.2.53 does not answer', count: 2 });
    expect(finding.message).toContain('db.example.net, web.example.net');
    expect(finding.subject).toMatchObject({ src: CLIENT, dst: SERVER, dstPort: 53 });
  });

  it('needs no five seconds when the question is asked again', () => {
    expect(diagnose([ask(0, 1), ask(2, 1), later(3)], { only })[0]).toMatchObject({ verdict: 'fail', count: 1 });
  });

  it('nor when the name is asked for again by another port', () => {
    expect(diagnose([ask(0, 1), ask(2, 2), later(3)], { only })).toMatchObject([{ verdict: 'fail', count: 2 }]);
    // A and AAAA of one name.
    expect(diagnose([ask(0, 1), ask(0.001, 2), later(3)], { only })).toMatchObject([{ verdict: 'inconclusive' }]);
  });

  it('tells some lost questions from a dead server', () => {
    const [finding] = diagnose([ask(0, 1), tell(0.1, 1), ask(1, 2), ask(2, 3), later(9)], { only });
    expect(finding.title).toBe('DNS server 10.1.2.53 leaves 2 questions open');
    expect(finding.message).toContain('1 others were answered');
  });

  it('names the backend and not the service address in front of it', () => {
    const front = ask(0, 1, 'a.example.net', '10.96.0.10');
    const back = dnat(forward(front, { if: 3, at: 0.0001 }), SERVER);
    const findings = diagnose([front, back, later(9)], { only });
    expect(findings.map((f) => [f.subject.dst, f.subject.target])).toEqual([[SERVER, '10.96.0.10']]);
  });

  it('takes an answer that is read before its question for an answer, if it is near in time', () => {
    const answers = [tell(0.1, 1), tell(0.1, 2)];
    expect(diagnose([...answers, ask(0.0999, 1), ask(0.0999, 2), later(9)], { only })).toEqual([]);
    expect(diagnose([...answers, ask(3, 1), ask(3, 2), later(12)], { only })).toHaveLength(1);
  });

  it('cannot tell when the capture ends before the answer was due, or lost frames', () => {
    expect(diagnose([ask(0, 1), later(2)], { only })[0].verdict).toBe('inconclusive');
    expect(diagnose([ask(0, 1), later(9)], { only, points: { router: { dropped: 2 } } })[0].verdict).toBe('inconclusive');
  });

  it('leaves NXDOMAIN, late answers, single losses and the last question of a healthy capture alone', () => {
    expect(diagnose([ask(0, 1), tell(0.1, 1, 3), ask(1, 2), tell(5.5, 2), later(20)], { only })).toEqual([]);
    expect(diagnose([ask(0, 1), tell(0.1, 1), ask(1, 2), later(20)], { only })).toEqual([]);
    expect(diagnose([ask(0, 1), tell(0.1, 1), ask(1, 2)], { only })).toEqual([]);
  });
});
