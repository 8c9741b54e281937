import { describe, expect, it } from 'vitest';
import { diagnose, ethernet, forward, ipv4, sll2, snat, tcp } from './lab.js';
import { status, talk } from './program-examples.js';

const only = ['http-error'];
const failing = (code: number, times = 2, server?: string) =>
  Array.from({ length: times }, (_, at) =>
    talk({ at, says: status(code), server, client: server === undefined ? undefined : '2001:db8::1' }),
  ).flat();

describe('http-error', () => {
  it.each([[500], [502], [503], [504]])('names what a server answers: %i', (code) => {
    for (const server of [undefined, '2001:db8::80']) {
      const [finding] = diagnose(failing(code, 2, server), { only });
      expect(finding).toMatchObject({ verdict: 'fail', severity: 'warning', count: 2, subject: { dstPort: 80 } });
      expect(finding.title).toMatch(new RegExp(`^${server ?? '10.1.2.80'} port 80 answers HTTP ${code} \\(`));
      expect(finding.message).toContain('The network delivered the questions and the answers.');
    }
  });

  it('is a remark where others were answered, and where it happened once', () => {
    const good = talk({ at: 9, says: status(200) });
    expect(diagnose([...failing(503), ...good], { only })).toMatchObject([{ severity: 'info', count: 2 }]);
    expect(diagnose(failing(503, 1), { only })).toMatchObject([{ severity: 'info', count: 1 }]);
    // Not where it is a good part of them.
    expect(diagnose([...failing(503, 3), ...good], { only })).toMatchObject([{ severity: 'warning', count: 3 }]);
  });

  it('counts an answer before and after a translation once', () => {
    const packets = failing(502).flatMap((frame) => {
      const isBack = JSON.stringify(frame.packet).includes('"src":"10.1.2.80"');
      const came = sll2({ if: isBack ? 3 : 2, at: frame.at, dir: 'in' }, frame.packet as ReturnType<typeof ipv4>);
      return isBack ? [came] : [came, snat(forward(came, { if: 3 }), '10.9.9.9')];
    });
    for (const finding of diagnose(packets, { only })) expect(finding.count).toBe(2);
  });

  it('is a consequence of what keeps the proxy from the server behind it', () => {
    const refused = [0.2, 1.2].flatMap((at, n) => [
      ethernet({ at }, ipv4({ src: '10.1.2.80', dst: '10.2.0.9' }, tcp({ src: 50_000 + n, dst: 8080, flags: 'S', seq: 7 }))),
      ethernet(
        { at: at + 0.001 },
        ipv4({ src: '10.2.0.9', dst: '10.1.2.80' }, tcp({ src: 8080, dst: 50_000 + n, flags: 'RA', ack: 8 })),
      ),
    ]);
    const answers = [1.5, 2.5].flatMap((at) => talk({ at, says: status(502) }));
    const findings = diagnose([...refused, ...answers], {});
    expect(findings[0].rule).toBe('tcp-refused');
    expect(findings.find(({ rule }) => rule === 'http-error')?.foldedUnder).toBe(findings[0].id);
  });

  it('leaves other answers alone, questions that look like answers, and text that does', () => {
    const others = [200, 301, 404].flatMap((code, at) => talk({ at, says: status(code) }));
    const asks = talk({ at: 5, asks: status(500), says: status(200) });
    const text = [6, 7].flatMap((at) => talk({ at, says: 'HTTP/1.1 5xx\r\n' }));
    expect(diagnose([...others, ...asks, ...text], { only })).toEqual([]);
  });
});
