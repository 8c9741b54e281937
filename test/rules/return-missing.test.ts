import { describe, expect, it } from 'vitest';
import { copy, diagnose, dnat, echo, forward, ipv4, sll2, summary, type TestFrame, tcp } from './lab.js';
import { attempts, FAR, healthy, ifmap, NEAR, POD, passes, ping, ROUTES, SERVER, topology } from './path-lab.js';

const only = ['return-missing'];

describe('return-missing', () => {
  it('makes one finding of a host that says nothing at all, and explains its silence', () => {
    const frames = [...healthy(1, 0), ...attempts(POD, SERVER, NEAR, FAR, 1), ...healthy(2, 8)];
    const findings = diagnose(frames, { ifmap });
    expect(summary(findings)).toEqual(['fail return-missing', '> fail tcp-no-answer']);
    expect(findings[0]).toMatchObject({ count: 3, subject: { interfaceIn: 'eth1', interfaceOut: 'eth2', dst: SERVER } });
  });

  it('says that what is still asked is no backend of the service any more', () => {
    const frames = [1, 2, 4].flatMap((at) => {
      const asked = sll2(
        { if: NEAR, at },
        ipv4({ src: POD, dst: '10.96.0.50' }, tcp({ src: 40_000, dst: 80, flags: 'S', seq: 5 })),
      );
      return [asked, dnat(forward(asked, { if: FAR, at: at + 0.0001 }), SERVER)];
    });
    const cause = (backends: string[]) =>
      diagnose([...healthy(1, 0), ...frames, ...healthy(2, 8)], {
        topology: { ...topology(...ROUTES), addresses: { '10.96.0.50': { service: 'default/web', backends } } },
      })[0].cause;
    expect(cause(['172.20.2.9'])).toContain(`${SERVER} is none of the backends of 10.96.0.50 (default/web)`);
    expect(cause([SERVER])).not.toContain('none of the backends');
  });

  it('waits until the answer was due', () => {
    expect(diagnose(passes(ping(POD, SERVER, 1, { if: NEAR, at: 0 }), FAR), { ifmap, only })).toEqual([]);
  });

  it('takes a question that is not overdue yet to those that are', () => {
    const frames = [
      ...healthy(1, 0),
      ...attempts(POD, SERVER, NEAR, FAR, 1),
      ...passes(ping(POD, SERVER, 1, { if: NEAR, at: 4 }), FAR),
    ];
    const findings = diagnose(frames, { ifmap });
    expect(findings.filter((f) => f.foldedUnder === null)).toMatchObject([{ rule: 'return-missing', count: 4 }]);
  });

  it('claims no loss on a link where the next node may be one whose capture had ended', () => {
    const [CLIENT, HOST, FIRST, SECOND] = ['10.1.0.10', '10.2.0.10', '10.2.0.1', '10.2.0.2'];
    const on = (point: string, number: number, dir: 'in' | 'out', at: number) => ({ point, if: number, dir, at });
    const near = (point: string, ip: string, at: number): TestFrame[] => {
      const asked = sll2(on('host', 2, 'out', at), ipv4({ src: HOST, dst: ip }, echo({ seq: at })));
      const reply = sll2(on(point, 4, 'out', at + 0.01), ipv4({ src: ip, dst: HOST }, echo({ seq: at, reply: true })));
      return [asked, copy(asked, on(point, 4, 'in', at + 0.001)), reply, copy(reply, on('host', 2, 'in', at + 0.011))];
    };
    // One router passes the question, the other one should pass the answers.
    const asks = (at: number): TestFrame[] => {
      const syn = sll2(
        on('first', 3, 'in', at),
        ipv4({ src: CLIENT, dst: HOST }, tcp({ src: 40_000, dst: 80, flags: 'S', seq: 5 })),
      );
      const out = forward(syn, on('first', 4, 'out', at + 0.001));
      const ack = tcp({ src: 80, dst: 40_000, flags: 'SA', seq: 7, ack: 6 });
      const answer = sll2(on('host', 2, 'out', at + 0.003), ipv4({ src: HOST, dst: CLIENT, id: at }, ack));
      return [syn, out, copy(out, on('host', 2, 'in', at + 0.002)), answer];
    };
    const frames = [
      ...near('first', FIRST, 1),
      ...near('second', SECOND, 2),
      ...[5, 6, 8].flatMap(asks),
      ...near('first', FIRST, 20),
    ];
    const lost = (all: TestFrame[]) => diagnose(all, { only }).filter(({ title }) => title.includes('lost between'));
    expect(lost(frames)).toEqual([]);
    expect(lost([...frames, ...near('second', SECOND, 21)])).toHaveLength(1);
  });

  it('leaves alone a host of which anything was heard, and packets that are turned round', () => {
    const heard = [...attempts(POD, SERVER, NEAR, FAR), ...passes(ping(SERVER, POD, 1, { if: FAR, at: 4 }), NEAR)];
    expect(diagnose(heard, { ifmap, only })).toEqual([]);
    expect(diagnose([...healthy(1, 0), ...attempts(POD, SERVER, NEAR, NEAR, 1)], { ifmap, only })).toEqual([]);
  });
});
