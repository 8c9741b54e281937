import { describe, expect, it } from 'vitest';
import { at, diagnose, dnat, dns, echo, edit, forward, ipv4, sll2, type TestFrame, udp } from './lab.js';

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

  it('tells answers that come only after the question was repeated, and which of the two was late', () => {
    const slow = [0, 6, 12].flatMap((s, id) => [ask(s, id), ask(s + 2, id), tell(s + 3, id)]);
    const [finding] = diagnose([...slow, later(40)], { only });
    expect(finding).toMatchObject({ verdict: 'fail', severity: 'warning', count: 3 });
    expect(finding.message).toContain('up to 3.0 s');
    expect(finding.cause).toContain('The server takes long');
    const lost = [0, 6, 12].flatMap((s, id) => [ask(s, id), ask(s + 2, id), tell(s + 2.01, id)]);
    expect(diagnose([...lost, later(40)], { only })[0].cause).toContain('the first one or its answer was lost');
    // Now and then.
    expect(diagnose([...slow.slice(0, 6), later(40)], { only })).toEqual([]);
  });

  it('knows an answer that comes after the question was given up', () => {
    const slow = [0, 20, 40].flatMap((s, id) => [ask(s, id), later(s + 10), tell(s + 11, id)]);
    const [finding, ...rest] = diagnose([...slow, later(60)], { only });
    expect(finding).toMatchObject({ severity: 'warning', title: 'DNS server 10.1.2.53 answers 10.1.1.10 late', count: 3 });
    expect(finding.message).toContain('were answered late, up to 11.0 s');
    expect(rest).toEqual([]);
  });

  it('knows what is still open of a port of which another question was answered late', () => {
    const sent = (s: number, id: number, response = false): TestFrame => {
      const [src, dst] = response ? [SERVER, CLIENT] : [CLIENT, SERVER];
      const ports = response ? { src: 53, dst: 30_000 } : { src: 30_000, dst: 53 };
      return sll2({ if: response ? 3 : 2, at: s }, ipv4({ src, dst }, udp({ ...ports, data: dns({ id, response }) })));
    };
    // Three questions by one port: one is answered late, the others never.
    const frames = [sent(0, 1), sent(0.1, 2), sent(0.2, 3), later(10), sent(11, 1, true), later(30)];
    const [finding] = diagnose(frames, { only });
    expect(finding).toMatchObject({ verdict: 'fail', count: 2 });
    expect(diagnose(frames).filter((one) => one.rule === 'undecided')).toEqual([]);
    // All are answered late.
    const all = [...frames.slice(0, 5), sent(11.1, 2, true), sent(11.2, 3, true), later(30)];
    expect(diagnose(all, { only }).filter((one) => !one.title.includes('late'))).toEqual([]);
  });

  it('nor when the name is asked for again by another port', () => {
    expect(diagnose([ask(0, 1), ask(2, 2), later(3)], { only })).toMatchObject([{ verdict: 'fail', count: 2 }]);
    // A and AAAA of one name.
    expect(diagnose([ask(0, 1), ask(0.001, 2), later(3)], { only })).toMatchObject([{ verdict: 'inconclusive' }]);
  });

  it('names the type that a server does not answer, where it answers the other', () => {
    const typed = (s: number, n: number, type: number, isAnswer = false): TestFrame => {
      const id = s * 10 + n;
      const data = dns({ id, type, name: `host${s}.example.net`, response: isAnswer });
      const [src, dst] = isAnswer ? [SERVER, CLIENT] : [CLIENT, SERVER];
      const ports = isAnswer ? { src: 53, dst: 30_000 + id } : { src: 30_000 + id, dst: 53 };
      return sll2({ if: isAnswer ? 3 : 2, at: s + n / 1000 }, ipv4({ src, dst }, udp({ ...ports, data })));
    };
    const both = (s: number, answersBoth = false) => [
      typed(s, 1, 1),
      typed(s, 2, 28),
      typed(s, 1, 1, true),
      ...(answersBoth ? [typed(s, 2, 28, true)] : []),
    ];
    const frames = [both(0), both(1), both(2)].flat().sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    const [finding] = diagnose([...frames, later(20)], { only });
    expect(finding.title).toBe('DNS server 10.1.2.53 answers no AAAA questions');
    expect(finding.contrast).toEqual(['Not answered: 3 questions for AAAA. Answered: 3 others, and none for AAAA.']);
    // One of that type was answered.
    const once = [...both(3, true), ...frames].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    expect(diagnose([...once, later(20)], { only })[0].title).toBe('DNS server 10.1.2.53 leaves 3 questions open');
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

  describe('sees that answers do not serve', () => {
    const pairs = (n: number, gap: number, rcode = 0): TestFrame[] =>
      [1, 2]
        .slice(0, n)
        .flatMap((id) => [
          ask(id * 10, id),
          tell(id * 10 + 0.1, id, rcode),
          ask(id * 10 + gap, id),
          tell(id * 10 + gap + 0.1, id),
        ]);

    it('where the same question is asked again after each', () => {
      const [finding] = diagnose([...pairs(2, 2), later(40)], { only });
      expect(finding).toMatchObject({
        severity: 'error',
        title: 'Answers of DNS server 10.1.2.53 do not serve 10.1.1.10, which asks again',
        count: 2,
      });
      expect(finding.cause).toContain('the client discards them');
    });

    it('and that only a first fragment of each came', () => {
      const cut = (frame: TestFrame) => edit(frame, (p) => ({ ...p, values: { ...p.values, 'flags.mf': 1 } }));
      const [finding] = diagnose([...pairs(2, 2).map((frame, i) => (i % 2 === 1 ? cut(frame) : frame)), later(40)], { only });
      expect(finding.message).toContain('2 of these answers are cut into fragments');
      expect(finding.cause).toContain('Only the first fragment of each was seen');
    });

    it('but not of one answer, of copies, of questions long after, nor after an error', () => {
      for (const frames of [pairs(1, 2), pairs(2, 0.5), pairs(2, 2, 2)])
        expect(diagnose([...frames, later(40)], { only })).toEqual([]);
      expect(diagnose([...pairs(1, 35), ask(50, 2), tell(50.1, 2), later(60)], { only })).toEqual([]);
    });
  });
});
