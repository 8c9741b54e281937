// States and histories of TCP conversations, in Zeek's vocabulary.
import { describe, expect, it } from 'vitest';
import { connState, historyOf } from '../../src/flows/tcp.js';
import { forward, ipv4, observe, sll2, type TcpValues, type TestFrame, tcp } from '../rules/lab.js';

const A = { src: '10.0.1.5', dst: '10.0.2.5' };
const B = { src: A.dst, dst: A.src };

/** A conversation in shorthand: `>S` from the client, `<SA` from the server, `>PA10` with ten bytes. */
function conversation(script: string): TestFrame[] {
  const seq = { '>': 1000, '<': 5000 };
  let id = 1;
  return script.split(' ').flatMap((step) => {
    const [, side, flags, data, again] = /^([<>])([A-Z]+)(\d*)(!?)$/.exec(step) as unknown as [
      string,
      '<' | '>',
      string,
      string,
      string,
    ];
    const other = side === '>' ? '<' : '>';
    const length = Number(data);
    const sent = length + (/[SF]/.test(flags) ? 1 : 0);
    if (again === '!') seq[side] -= sent;
    const values: TcpValues = {
      ...(side === '>' ? { src: 40_000, dst: 80 } : { src: 80, dst: 40_000 }),
      flags,
      seq: seq[side],
      ack: flags.includes('A') ? seq[other] : 0,
      data: length,
    };
    seq[side] += sent;
    const frame = sll2(
      { if: side === '>' ? 3 : 4, dir: 'in' },
      ipv4({ ...(side === '>' ? A : B), id: id++, ttl: 64 }, tcp(values)),
    );
    // Each packet is seen twice: states and histories must not notice.
    return [
      { ...frame, at: id * 0.1 },
      { ...forward(frame, { if: side === '>' ? 4 : 3 }), at: id * 0.1 + 1e-5 },
    ];
  });
}

function judged(script: string): { state: string; history: string } {
  const t = observe(conversation(script)).tracker.conversations;
  return { state: connState(t, 0), history: historyOf(t, 0) };
}

const OPEN = '>S <SA >A';

describe('the state of a conversation', () => {
  it.each([
    ['>S >S >S', 'S0', 'S'],
    ['>S <RA', 'REJ', 'Sr'],
    [`${OPEN} >PA10 <A <PA20 >A`, 'S1', 'ShADad'],
    [`${OPEN} >PA10 <PA20 >FA <FA >A`, 'SF', 'ShADdFf'],
    [`${OPEN} >FA <A`, 'S2', 'ShAFa'],
    [`${OPEN} <FA >A`, 'S3', 'ShAf'],
    [`${OPEN} >PA10 >R`, 'RSTO', 'ShADR'],
    [`${OPEN} >PA10 <RA`, 'RSTR', 'ShADr'],
    [`${OPEN} >FA <FA >R`, 'SF', 'ShAFfR'],
    ['>S >R', 'RSTOS0', 'SR'],
    ['>S >FA', 'SH', 'SF'],
    ['<SA <R', 'RSTRH', 'hr'],
    ['<SA <FA', 'SHR', 'hf'],
    ['>PA10 <A', 'OTH', 'Da'],
  ])('%s is %s %s', (script, state, history) => {
    expect(judged(script)).toEqual({ state, history });
  });

  it('notes what was sent again', () => {
    expect(judged(`${OPEN} >PA10 >PA10! <A`).history).toBe('ShADTa');
  });
});
