import { describe, expect, it } from 'vitest';
import { diagnose, dns, ipv4, sll2, type TestFrame, udp } from './lab.js';

const only = ['dns-error'];
const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.53';
const exchange = (id: number, rcode: number): TestFrame[] => [
  sll2(
    { if: 2 },
    ipv4({ src: CLIENT, dst: SERVER }, udp({ src: 30_000 + id, dst: 53, data: dns({ id, name: `n${id}.example.net` }) })),
  ),
  sll2(
    { if: 3 },
    ipv4(
      { src: SERVER, dst: CLIENT },
      udp({ src: 53, dst: 30_000 + id, data: dns({ id, name: `n${id}.example.net`, response: true, rcode }) }),
    ),
  ),
];

describe('dns-error', () => {
  it('makes one finding of each code, with the names', () => {
    const findings = diagnose([...exchange(1, 2), ...exchange(2, 2), ...exchange(3, 5), ...exchange(4, 0)], { only });
    expect(findings.map((f) => f.title)).toEqual([
      'DNS server 10.1.2.53 answers SERVFAIL',
      'DNS server 10.1.2.53 answers REFUSED',
    ]);
    expect(findings[0]).toMatchObject({ severity: 'warning', count: 2 });
    expect(findings[0].message).toBe('2 of 4 answers from 10.1.2.53 were SERVFAIL (n1.example.net, n2.example.net).');
  });

  it('leaves NXDOMAIN and empty answers alone', () => {
    expect(diagnose([...exchange(1, 3), ...exchange(2, 0)], { only })).toEqual([]);
  });
});
