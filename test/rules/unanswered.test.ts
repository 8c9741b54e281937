import { describe, expect, it } from 'vitest';
import { arp, at, diagnose, dns, echo, ipv4, sll2, summary, type TestFrame, udp } from './lab.js';

const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.53';
const only = ['unanswered', 'undecided', 'dns-no-answer'];
const name = (n: number): string => `host${n}.example.net`;
const ask = (s: number, id: number): TestFrame =>
  sll2(
    { if: 2, dir: 'out', at: s },
    ipv4({ src: CLIENT, dst: SERVER }, udp({ src: 40_000 + id, dst: 53, data: dns({ id, name: name(id) }) })),
  );
const answer = (s: number, id: number): TestFrame =>
  sll2(
    { if: 2, dir: 'in', at: s },
    ipv4({ src: SERVER, dst: CLIENT }, udp({ src: 53, dst: 40_000 + id, data: dns({ id, name: name(id), response: true }) })),
  );
const later = (s: number): TestFrame => at(s, sll2({}, ipv4({ src: '10.5.5.5', dst: '10.5.5.6' }, echo({ reply: true }))));

describe('unanswered', () => {
  it('says what was repeated in vain and no rule explains', () => {
    const frames = [ask(0, 1), answer(0.1, 1), ask(1, 2), ask(2.1, 2), ask(3.2, 2), later(4)];
    const [finding] = diagnose(frames, { only });
    expect(finding).toMatchObject({ rule: 'unanswered', verdict: 'fail', severity: 'warning', count: 1 });
    expect(finding.title).toBe('1 DNS question to 10.1.2.53 was repeated and not answered');
    expect(finding.evidence[0].frame).toBe(3);
  });

  it('wants the rest of datagrams whose first fragments are seen', () => {
    const first = (s: number): TestFrame =>
      sll2(
        { if: 2, at: s },
        ipv4({ src: CLIENT, dst: SERVER, id: 7 + s, 'flags.mf': 1 }, udp({ src: 5000, dst: 5001, data: 1400 })),
      );
    const rest = (s: number): TestFrame =>
      sll2(
        { if: 2, at: s + 0.0001 },
        ipv4({ src: CLIENT, dst: SERVER, id: 7 + s, frag_offset: 1408 }, udp({ src: 1, dst: 2, data: 600 })),
      );
    const neighbour = sll2({ if: 2 }, arp({ sender: '10.1.1.1', senderMac: '0a:00:00:00:00:01', target: CLIENT }));
    const frames = [first(0), first(1), first(2), later(9)];
    expect(diagnose([neighbour, ...frames], { only })).toMatchObject([
      { severity: 'error', title: `Only the first fragments of 3 fragmented datagrams to ${SERVER} are seen` },
    ]);
    // A capture by port holds no later fragments, nor anything but that port.
    expect(diagnose(frames, { only })).toEqual([]);
    const whole = [0, 1, 2].flatMap((s) => [first(s), rest(s)]);
    expect(diagnose([neighbour, ...whole, later(9)], { only })).toEqual([]);
  });

  it('cannot tell when the capture lost frames', () => {
    const frames = [ask(0, 1), answer(0.1, 1), ask(1, 2), ask(2.1, 2), later(4)];
    expect(diagnose(frames, { only, points: { router: { dropped: 1 } } })[0].verdict).toBe('inconclusive');
  });

  it('leaves what another finding explains alone, and what was answered', () => {
    const silent = [ask(0, 1), ask(1.1, 1), ask(2.2, 1), ask(3.3, 2), ask(4.4, 2), later(20)];
    expect(summary(diagnose(silent, { only }))).toEqual(['fail dns-no-answer']);
    expect(diagnose([ask(0, 1), ask(1.1, 1), answer(1.2, 1), later(9)], { only })).toEqual([]);
  });
});
