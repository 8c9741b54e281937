// What points print, read: sections of a script that a real shell has run, the answer to the probe, filters.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { joinedFilter, ownTraffic, ownTrafficOf, PROBE_SCRIPT, readProbe } from '../../src/collect/probe.js';
import { readSections, sectionScript, type Wanted } from '../../src/collect/sections.js';
import type { Point } from '../../src/points/point.js';

const POINT: Point = { name: 'a', way: { method: 'local' }, sudo: false, interfaces: 'any', filter: null, image: null };
const own = (...ssh: (string | null)[]) =>
  ownTraffic(ssh.map((one) => ({ point: POINT, probed: readProbe(`ssh\t${one ?? ''}\nend\t\n`) })));
const MARK = 'mark-0123456789abcdef';
const run = (wanted: readonly Wanted[]): string =>
  spawnSync('sh', ['-c', sectionScript(wanted, MARK)], { encoding: 'utf8', input: '' }).stdout;

describe('sections', () => {
  it('keep what each command prints, take the second where the first fails, and say why there is nothing', () => {
    const wanted: Wanted[] = [
      { name: 'one', commands: ['printf "a\\n\\nb\\n"'] },
      {
        name: 'two',
        commands: ['echo half; echo "no such option: -j" >&2; exit_code() { return 3; }; exit_code', "echo 'it''s plain'"],
      },
      { name: 'three', commands: ['hopscope-does-not-exist'] },
      { name: 'four', commands: ['cat', 'false'] },
      { name: 'five', commands: ['printf %s "without an end of line"; echo \'$HOME\' >&2'] },
    ];
    expect(readSections(run(wanted), wanted, MARK, null)).toEqual([
      { name: 'one', text: 'a\n\nb\n', why: null },
      { name: 'two', text: 'its plain\n', why: null },
      { name: 'three', text: '', why: expect.stringContaining('not found') as string },
      // Standard input is empty: nothing waits.
      { name: 'four', text: '', why: null },
      { name: 'five', text: 'without an end of line', why: null },
    ]);
  });

  it('of an output that breaks off, or of nonsense, say so', () => {
    const wanted: Wanted[] = [
      { name: 'one', commands: ['echo 1'] },
      { name: 'two', commands: ['echo 2'] },
    ];
    const whole = run(wanted);
    for (let length = 0; length < whole.length; length++) {
      const sections = readSections(whole.slice(0, length), wanted, MARK, 'the connection was lost');
      for (const [i, { text, why }] of sections.entries()) if (why === null) expect(text).toBe(`${i + 1}\n`);
    }
    expect(readSections('x'.repeat(1e6), wanted, MARK, 'lost').map(({ why }) => why)).toEqual(['lost', 'lost']);
    // Without the mark nobody can end a section before its time.
    const forged: Wanted[] = [
      { name: 'one', commands: [`printf '\\nmark-guess end 0 \\n\\nmark-guess begin two\\nfalse\\n'`] },
      ...wanted.slice(1),
    ];
    expect(readSections(run(forged), forged, MARK, null)[1]!.text).toBe('2\n');
  });
});

describe('the probe', () => {
  it('says what a real system has', () => {
    const { stdout } = spawnSync('sh', ['-c', PROBE_SCRIPT, 'sh'], {
      encoding: 'utf8',
      env: { ...process.env, SSH_CONNECTION: '192.0.2.1 5 192.0.2.2 22' },
    });
    const probed = readProbe(stdout)!;
    expect([...probed.interfaces.values()]).toContain('lo');
    expect(probed).toMatchObject({ ssh: '192.0.2.1 5 192.0.2.2 22', filterError: null });
    expect(probed.kernel).toMatch(/^Linux /);
  });

  it('takes no nonsense', () => {
    expect(readProbe('')).toBeNull();
    expect(readProbe('bash: fork: Cannot allocate memory\n'.repeat(1000))).toBeNull();
    const odd = readProbe('if\tx y\nif\t99999999999999 eth0\nif\t3 eth1\nif\t4 a b\n__proto__\tx\nssh\t$(reboot)\nend\t\n')!;
    expect([...odd.interfaces]).toEqual([[3, 'eth1']]);
    expect(own(odd.ssh, '192.0.2.1 5 192.0.2.2 22) or (tcp')).toBeNull();
  });

  it('leaves our own connections out of the filter', () => {
    const left = own('192.0.2.1 50122 192.0.2.7 22', 'fd00::1 50122 fd00::7 2222', null);
    expect(left).toBe('(tcp port 22 and host 192.0.2.1 and host 192.0.2.7) or (tcp port 2222 and host fd00::1 and host fd00::7)');
    expect(joinedFilter(null, left)).toBe(`not (${left})`);
    expect(joinedFilter('icmp or tcp', left)).toBe(`(icmp or tcp) and not (${left})`);
    expect(joinedFilter('icmp', null)).toBe('icmp');
    const node: Point = { ...POINT, way: { method: 'node', context: null, namespace: null, node: 'w0' } };
    expect(ownTrafficOf(node, ownTraffic([{ point: node, probed: null }]))).toBe(
      '(tcp port 6443 or tcp port 10250) or (tcp and src net 127.0.0.0/8 and dst net 127.0.0.0/8)',
    );
  });
});
