// Without the right to capture: told before anything starts, with what to type.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLI } from './lab.js';

/** The user called nobody. */
const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
const asNobody = (...command: string[]) => spawnSync(NOBODY[0], [...NOBODY.slice(1), ...command], { encoding: 'utf8' });

function whyNot(): string | null {
  if (process.platform !== 'linux') return 'Linux only';
  if (process.getuid?.() !== 0) return 'another user can only be had by root';
  if (asNobody('true').status !== 0) return 'setpriv (util-linux) is not there, or may not change the user';
  if (asNobody(process.execPath, CLI, '--version').status !== 0) return `other users cannot read ${CLI}`;
  const tcpdump = spawnSync('sh', ['-c', 'command -v tcpdump'], { encoding: 'utf8' }).stdout.trim();
  if (tcpdump === '') return 'tcpdump is not installed';
  const { stdout } = spawnSync('getcap', [tcpdump], { encoding: 'utf8' });
  return (stdout ?? '').includes('cap_net_raw') ? 'tcpdump has the right here for everybody' : null;
}

const reason = whyNot();
if (reason !== null) console.warn(`missing rights are not tested: ${reason}`);

describe.skipIf(reason !== null)('hopscope live without rights', () => {
  it('names the setcap line and the sudo line, and leaves an older file alone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hopscope-rights-'));
    try {
      execFileSync('chmod', ['777', folder]);
      const file = join(folder, 'kept.pcapng');
      const { status, stdout, stderr } = asNobody(process.execPath, CLI, 'live', '-i', 'lo', '-w', file, '--filter', 'port 53');
      expect(status).toBe(4);
      expect(stdout).toBe('');
      expect(stderr).toMatch(
        /^hopscope: lo: no right to capture; run `sudo setcap cap_net_raw,cap_net_admin=eip \/\S*tcpdump` once, or start as `sudo \S+ \S+ live -i lo -w \S+ --filter 'port 53'`\n$/,
      );
      expect(existsSync(file)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('names the program that was asked for', () => {
    if (spawnSync('dumpcap', ['--version']).error !== undefined) return console.warn('dumpcap is not installed');
    const { status, stderr } = asNobody(process.execPath, CLI, 'live', '-i', 'lo', '--backend', 'dumpcap');
    expect(status).toBe(4);
    expect(stderr).toMatch(/run `sudo setcap cap_net_raw,cap_net_admin=eip \/\S*dumpcap` once/);
  });

  it('lists the interfaces all the same', () => {
    const { status, stdout } = asNobody(process.execPath, CLI, 'live', '--list');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ +\d+ +lo +/m);
  });
});
