import { describe, expect, it } from 'vitest';
import { diagnose, dns, ipv4, sll2, type TestFrame, udp } from './lab.js';

const only = ['dns-error'];
const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.53';
const exchange = (id: number, rcode: number): TestFrame[] => answer(id, rcode, `n${id}.example.net`);
const answer = (id: number, rcode: number, name: string, client = CLIENT, server = SERVER): TestFrame[] => [
  sll2({ if: 2 }, ipv4({ src: client, dst: server }, udp({ src: 30_000 + id, dst: 53, data: dns({ id, name }) }))),
  sll2(
    { if: 3 },
    ipv4({ src: server, dst: client }, udp({ src: 53, dst: 30_000 + id, data: dns({ id, name, response: true, rcode }) })),
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

  it('makes a remark of failures after which the client hears from the next server', () => {
    const failed = answer(1, 2, 'web.example.net', CLIENT, '10.1.3.53');
    const [finding] = diagnose([...failed, ...answer(2, 0, 'web.example.net')], { only });
    expect(finding).toMatchObject({ severity: 'info', title: 'DNS server 10.1.3.53 answers SERVFAIL' });
    expect(finding.message).toContain('asked another server then, which knew');
    // Another client, or another name.
    expect(diagnose([...failed, ...answer(2, 0, 'web.example.net', '10.1.1.11')], { only })[0].severity).toBe('warning');
    expect(diagnose([...failed, ...answer(2, 0, 'db.example.net')], { only })[0].severity).toBe('warning');
  });

  it('names a server that knows none of the names that a client asks for', () => {
    const findings = diagnose([...exchange(1, 3), ...exchange(2, 3), ...exchange(3, 3)], { only });
    expect(findings.map((f) => f.title)).toEqual(['DNS server 10.1.2.53 knows none of the names that 10.1.1.10 asks for']);
    expect(findings[0]).toMatchObject({ verdict: 'fail', count: 3 });
    // Another server knows them.
    const others = [4, 5, 6].flatMap((id) => answer(id, 0, `n${id - 3}.example.net`, CLIENT, '10.1.2.54'));
    expect(diagnose([...exchange(1, 3), ...exchange(2, 3), ...exchange(3, 3), ...others], { only })).toEqual([]);
  });

  it('names a server that denies what another one resolves for others', () => {
    const denied = answer(1, 3, 'db.corp.example');
    const told = (id: number, client: string): TestFrame[] => answer(id, 0, 'DB.corp.example', client, '10.1.2.54');
    expect(diagnose([...told(2, '10.1.1.11'), ...denied], { only }).map((f) => f.title)).toEqual([
      'DNS server 10.1.2.53 says that db.corp.example does not exist, 10.1.2.54 resolves it',
    ]);
    // The client asked there as well; and a name that came into being after it was denied.
    expect(diagnose([...told(2, '10.1.1.11'), ...denied, ...told(3, CLIENT)], { only })).toEqual([]);
    expect(diagnose([...denied, ...told(2, '10.1.1.11')], { only })).toEqual([]);
  });

  it('leaves a search list, lookups of block lists and of addresses alone', () => {
    const search = ['a.svc.example', 'a.example', 'b.svc.example'].flatMap((name, n) => answer(n, 3, name));
    expect(diagnose([...search, ...answer(9, 0, 'a.test')], { only })).toEqual([]);
    const probes = ['2.0.0.127.bl.example', '3.0.0.127.bl.example', '10.1.1.10.in-addr.arpa'];
    expect(
      diagnose(
        probes.flatMap((name, n) => answer(n, 3, name)),
        { only },
      ),
    ).toEqual([]);
  });

  it('names a server that resolves names of the site and none outside of it', () => {
    const outside = ['www.debian.org', 'example.com', 'github.com'];
    const search = outside.flatMap((name, n) => [
      ...answer(n * 2, 3, `${name}.svc.cluster.local`),
      ...answer(n * 2 + 1, 3, name),
    ]);
    const inside = answer(20, 0, 'db.shop.svc.cluster.local');
    expect(diagnose([...search, ...inside], { only })).toMatchObject([
      {
        verdict: 'fail',
        confidence: 'medium',
        title: 'DNS server 10.1.2.53 resolves names of the site and none outside of it',
        count: 3,
      },
    ]);
    // One of them exists: the others are misspelt, or blocked. Names of one domain alone are one name that is wrong.
    expect(diagnose([...search, ...inside, ...answer(21, 0, 'pypi.org')], { only })).toEqual([]);
    const one = ['a', 'b', 'c'].flatMap((name, n) => answer(n, 3, `${name}.example.com`));
    expect(diagnose([...one, ...inside], { only })).toEqual([]);
  });

  it('leaves NXDOMAIN and empty answers alone', () => {
    expect(diagnose([...exchange(1, 3), ...exchange(2, 0)], { only })).toEqual([]);
  });
});
