import { describe, expect, it } from 'vitest';
import { diagnose } from './lab.js';
import { alert, hello, record, type Talk, talk } from './program-examples.js';

const only = ['tls-alert'];
const tls = (at: number, rest: Partial<Talk>) => talk({ at, port: 443, asks: hello, ...rest });
const data = record(23, ...new Array(40).fill(7));

describe('tls-alert', () => {
  it('names the alert of a server', () => {
    const [finding] = diagnose(
      [0, 1].flatMap((at) => tls(at, { says: alert(40) })),
      { only },
    );
    expect(finding).toMatchObject({
      verdict: 'fail',
      severity: 'warning',
      title: '10.1.2.80 port 443 refuses TLS: handshake_failure',
      count: 2,
    });
    expect(finding.message).toContain('The network delivered both directions.');
  });

  it('names the alert of a client, over IPv6 too', () => {
    const ends = { client: '2001:db8::1', server: '2001:db8::443' };
    const [finding] = diagnose(
      [0, 1].flatMap((at) => tls(at, { ...ends, says: hello, replies: alert(48) })),
      { only },
    );
    expect(finding.title).toBe('2001:db8::1 refuses the TLS of 2001:db8::443 port 443: unknown_ca');
    expect(finding.cause).toContain('an authority that it does not know');
  });

  it('is a remark where others went on, and where it happened once', () => {
    const bad = [0, 1].flatMap((at) => tls(at, { says: alert(112) }));
    const good = tls(5, { says: hello, replies: data, saysMore: data });
    expect(diagnose([...bad, ...good], { only })).toMatchObject([{ severity: 'info', count: 2 }]);
    expect(diagnose(tls(0, { says: alert(112) }), { only })).toMatchObject([{ severity: 'info', count: 1 }]);
  });

  it('leaves warnings, ends, encrypted alerts and data alone', () => {
    const quiet = [
      alert(0),
      alert(0, 2),
      alert(112, 1),
      record(21, ...new Array(26).fill(9)),
      data,
      Uint8Array.of(21, 9, 9, 0, 2, 2, 40),
    ];
    expect(
      diagnose(
        quiet.flatMap((says, at) => tls(at, { says })),
        { only },
      ),
    ).toEqual([]);
  });
});
