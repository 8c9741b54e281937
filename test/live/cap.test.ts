// Capturing by the package cap, where the user has installed it: NODE_PATH names the folder it is in.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLI, Lab, pause, type Watched, whyNot } from './lab.js';

function whyNoCap(): string | null {
  try {
    createRequire(import.meta.url)('cap');
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'MODULE_NOT_FOUND'
      ? 'the package cap is not installed (NODE_PATH names a folder that has it)'
      : String(error);
  }
}

const reason = whyNot() ?? whyNoCap();
if (reason !== null) console.warn(`capturing by the package cap is not tested: ${reason}`);

describe.skipIf(reason !== null)('hopscope live --backend cap', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.remove());

  /** The process that captures. */
  const capturing = (): number[] =>
    lab.pids('router', 'node').filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('cap-process.js'));
  /** Packets are captured: it says so. */
  const ready = async (live: Watched) => {
    await live.notice(/^capturing by the package cap: times are those of arrival.*what the kernel loses is not counted$/, 15_000);
    await pause(300);
  };

  it('tells its limits, has a handle for each interface, and knows their names and directions', async () => {
    const live = lab.live('router', '-i', 'eth1', '-i', 'eth2', '--backend', 'cap');
    await ready(live);
    const ping = lab.ping('client', '10.71.2.2', 3);
    await new Promise((done) => ping.once('close', done));
    await pause(1200);
    live.child.kill('SIGINT');
    expect(await live.code).toBe(0);
    const capture = live.events.at(-1)?.report?.captures[0];
    expect(capture?.dropped).toBeNull();
    for (const name of ['eth1', 'eth2']) {
      const { in: incoming, out } = capture?.interfaces.find((i) => i.name === name) ?? { in: 0, out: 0 };
      // Three requests one way, three answers the other, and ARP.
      expect(incoming).toBeGreaterThanOrEqual(3);
      expect(out).toBeGreaterThanOrEqual(3);
    }
    expect(capturing()).toEqual([]);
  });

  it('goes on when cap takes its process down with it, as it does when the interface goes down', async () => {
    const live = lab.live('router', '-i', 'eth1', '--backend', 'cap');
    await ready(live);
    lab.on('router', 'link', 'set', 'eth1', 'down');
    await live.notice(/^eth1 went down$/, 4000);
    await live.notice(/^cap ended \(SIGABRT\); starting it again$/, 4000);
    lab.on('router', 'link', 'set', 'eth1', 'up');
    await live.notice(/^capturing again on eth1$/, 10_000);
    const ping = lab.ping('client', '10.71.1.1', 2);
    await new Promise((done) => ping.once('close', done));
    await pause(1200);
    live.child.kill('SIGINT');
    await live.code;
    expect(live.events.at(-1)?.report?.captures[0].frames).toBeGreaterThanOrEqual(4);
  });

  it('finds what is wrong, and keeps packets that others read', async () => {
    const file = join(lab.folder, 'cap.pcapng');
    const live = lab.live('router', '-i', 'eth1', '--backend', 'cap', '-w', file, '--until-finding');
    await ready(live);
    lab.ping('client', '10.71.1.77', 5);
    await live.raised('arp-no-reply', 8000);
    expect(await live.code).toBe(1);
    const { status, stdout } = spawnSync(process.execPath, [CLI, 'dump', file], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout).toMatch(/in eth1 .*Who has 10\.71\.1\.77/);
  });

  it('leaves nobody behind when hopscope is killed', async () => {
    const live = lab.live('router', '-i', 'eth1', '--backend', 'cap');
    await ready(live);
    const children = capturing();
    expect(children).toHaveLength(1);
    for (const pid of lab.pids('router', 'node')) if (!children.includes(pid)) process.kill(pid, 'SIGKILL');
    await live.code;
    for (let i = 0; i < 40 && capturing().length > 0; i++) await pause(50);
    expect(capturing()).toEqual([]);
  });

  it('refuses a wrong filter before anything starts', async () => {
    const live = lab.live('router', '-i', 'eth1', '--backend', 'cap', '--capture-filter', 'tcp prot 80');
    expect(await live.code).toBe(2);
    expect(live.errors).toMatch(/--capture-filter 'tcp prot 80': .*syntax error.*pcap-filter\(7\)/);
  });
});

describe.skipIf(whyNot() !== null)('without the package cap', () => {
  it('says how to install it', () => {
    const { status, stderr } = spawnSync(process.execPath, [CLI, 'live', '-i', 'lo', '--backend', 'cap'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_PATH: '' },
    });
    if (status !== 2) return console.warn('cap is installed beside hopscope');
    expect(stderr).toMatch(/^hopscope: cap is not installed; run `npm install cap`.*libpcap/);
  });
});
