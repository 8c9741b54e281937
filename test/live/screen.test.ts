// live --tui: the full screen at the end of what is captured.
import { type ChildProcess, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { some, thoroughly } from '../thorough.js';
import { Pty, pause } from '../tui/pty.js';
import { CLI, Lab, whyNot } from './lab.js';

const reason = whyNot();
if (reason !== null) console.warn(`live captures in the full screen are not tested: ${reason}`);

/** Folders that hold what is captured while it is shown. */
const kept = () => readdirSync(tmpdir()).filter((name) => name.startsWith('hopscope-tap-'));

/** The path that was printed leads to the pings that were captured; it is removed, and nothing else is left. */
function dropKept(screen: Pty, before: readonly string[], pinged: string): void {
  const path = /packets kept in (\S+\.pcapng)/.exec(screen.text().replaceAll('\n', ''))?.[1] ?? '';
  const shown = spawnSync(process.execPath, [CLI, 'dump', path, '-Y', 'icmp'], { encoding: 'utf8' });
  expect(shown.stdout).toContain(pinged);
  rmSync(dirname(path), { recursive: true });
  expect(kept()).toEqual(before);
}

describe.skipIf(reason !== null)('hopscope live --tui', () => {
  let lab: Lab;
  beforeAll(() => {
    lab = new Lab();
  });
  afterAll(() => lab.remove());

  const start = (...args: string[]) =>
    Pty.start(['netns', 'exec', lab.name('router'), process.execPath, CLI, 'live', '--tui', ...args], { command: 'ip' });

  it('shows packets as they arrive, the findings they make, and leaves nothing behind', async () => {
    const before = kept();
    const screen = start('-i', 'any', '--at', 'router', '-t', lab.topology);
    try {
      // A ping that comes too early is repeated.
      lab.ping('client', '172.31.2.1', 25);
      await screen.until(/in eth1 .*ICMP/, 15_000);
      expect(kept().length).toBe(before.length + 1);
      await screen.until('Packets to 172.31.2.0/24 leave router by eth0 instead of eth2', 15_000);
      const first = screen.text();
      await screen.until((text) => text !== first, 5000);
      // The first one stops, and throws nothing away; the second one would quit, and asks.
      screen.send('\x03');
      await screen.until((text) => !text.includes('● live'));
      screen.send('\x03');
      await screen.until('This capture is not saved');
      screen.send('y');
      expect((await screen.ended).code).toBe(0);
      expect(screen.modes().screen).toBe('normal');
      expect(lab.pids('router', 'tcpdump')).toEqual([]);
      dropKept(screen, before, '172.31.2.1');
    } finally {
      await screen.close();
    }
  });

  thoroughly('shows one journey across several points, one of which goes away and comes back', async () => {
    const before = kept();
    // Without what the tests before have left in it.
    const fresh = new Lab();
    const args = [
      'netns',
      'exec',
      fresh.name('router'),
      process.execPath,
      CLI,
      'live',
      '--tui',
      fresh.points(),
      '-Y',
      'icmp.type == 8',
    ];
    const screen = Pty.start(args, { command: 'ip', cols: 150 });
    let pinging: ChildProcess | null = null;
    try {
      // All capture by then.
      await screen.until('Filter:', 40_000);
      pinging = fresh.start('client', 'ping', '-n', '-i', '0.5', '10.71.2.2');
      // The clock of the client is 40 s ahead: in the order of the packets it is not.
      await screen.until(/ICMP .* Echo \(ping\) request/, 40_000);
      screen.send('gg');
      const hops = ['client: out eth0 ttl 64', 'router: in eth1 ttl 64 → out eth2 ttl 63', 'server: in eth0 ttl 63'];
      // The clocks are compared to some milliseconds, which may be more than a packet takes.
      await screen.until((text) => text.split('\n').some((line) => hops.every((hop) => line.includes(hop))), 30_000);
      screen.send('G');
      const [server] = fresh.pids('server', 'tcpdump');
      process.kill(server!, 'SIGKILL');
      await screen.until('Nothing was captured at server for a while', 30_000);
      await screen.until('server: capturing again', 30_000);
      await screen.until(/server +in eth0 .*ICMP/, 30_000);
      screen.send('\x03');
      await screen.until((text) => !text.includes('● live'));
      screen.send('qy');
      expect((await screen.ended).code).toBe(0);
      const folder = /packets kept in (\S+)/.exec(screen.text().replaceAll('\n', ''))?.[1] ?? '';
      expect(readdirSync(folder).sort()).toEqual(['client.pcapng', 'router.pcapng', 'server.pcapng']);
      rmSync(folder, { recursive: true });
      expect(kept()).toEqual(before);
      for (const node of ['client', 'router', 'server']) expect(fresh.pids(node, 'tcpdump')).toEqual([]);
    } finally {
      pinging?.kill();
      await screen.close();
      fresh.remove();
    }
  });

  it('keeps the packets where it is told to', async () => {
    const path = join(lab.folder, 'kept.pcapng');
    const screen = start('-i', 'eth1', '-w', path);
    try {
      lab.ping('client', '10.71.1.1', 20);
      await screen.until(/Echo \(ping\) reply/, 15_000);
      screen.send('\x03');
      await screen.until((text) => !text.includes('● live'));
      // It has a name: there is nothing to ask.
      screen.send('\x03');
      await screen.ended;
      const shown = spawnSync(
        process.execPath,
        [CLI, 'dump', path, '-Y', 'icmp', '-T', 'fields', '-e', 'hop.interface', '-e', 'hop.direction'],
        {
          encoding: 'utf8',
        },
      );
      expect(shown.stdout).toContain('eth1\tin\neth1\tout\n');
    } finally {
      await screen.close();
    }
  });

  it('holds expectations against what arrives: what was not yet is decided by the packets that come', async () => {
    const before = kept();
    const sheet = join(lab.folder, 'expected.yaml');
    writeFileSync(
      sheet,
      `version: 1
name: live
expect:
  - name: the gateway is pinged
    where: ip.dst == 10.71.1.1 and icmp
  - name: nobody pings the server
    where: ip.dst == 10.71.2.2 and icmp
    count: 0
`,
    );
    const screen = start('-i', 'any', '--at', 'router', '-t', lab.topology, '--expect', sheet);
    const state = (sign: string, name: string) => new RegExp(`^\\${sign} ${name}`, 'm');
    try {
      await screen.until(/Checks/, 15_000);
      const gateway = lab.ping('client', '10.71.1.1', 20);
      await screen.until(state('+', 'the gateway is pinged'), 15_000);
      expect(screen.text()).not.toMatch(state('!', 'nobody pings the server'));
      lab.ping('client', '10.71.2.2', 20);
      await screen.until(state('!', 'nobody pings the server'), 15_000);
      expect(screen.lines()[0]).toContain('! 1 of 2 checks');
      gateway.kill();
      // Up to the packet that shows it, while others still come.
      await screen.press('gg\r');
      await screen.until(/nobody pings the server: 1 of \d+/, 15_000);
      screen.send('q');
      await screen.until('This capture is not saved');
      screen.send('y');
      expect((await screen.ended).code).toBe(0);
      dropKept(screen, before, '10.71.2.2');
    } finally {
      await screen.close();
    }
  });

  it.each(
    some(
      [
        ['SIGTERM', 143],
        ['SIGHUP', 129],
        ['a terminal that is closed', 0],
      ] as const,
      2,
    ),
  )('keeps what it has captured at %s', async (how, code) => {
    const before = kept();
    const screen = start('-i', 'eth1');
    try {
      lab.ping('client', '10.71.1.1', 20);
      await screen.until(/Echo \(ping\) reply/, 15_000);
      const { pid } = screen.pty;
      if (code === 0) (screen.pty as unknown as { destroy(): void }).destroy();
      else process.kill(pid, how as NodeJS.Signals);
      const isOver = () => !existsSync(`/proc/${pid}/cmdline`) || readFileSync(`/proc/${pid}/cmdline`, 'latin1') === '';
      const end = performance.now() + 20_000;
      while (!isOver() && performance.now() < end) await pause(20);
      expect(isOver()).toBe(true);
      if (code !== 0) {
        expect((await screen.ended).code).toBe(code);
        expect(screen.modes().screen).toBe('normal');
      }
      expect(lab.pids('router', 'tcpdump')).toEqual([]);
      const [folder] = kept().filter((name) => !before.includes(name));
      const path = join(tmpdir(), folder ?? '', readdirSync(join(tmpdir(), folder ?? ''))[0] ?? '');
      if (code !== 0) expect(screen.text().replaceAll('\n', '')).toContain(`packets kept in ${path}`);
      const shown = spawnSync(process.execPath, [CLI, 'dump', path, '-Y', 'icmp'], { encoding: 'utf8' });
      expect(shown.stdout).toContain('10.71.1.1');
      rmSync(dirname(path), { recursive: true });
    } finally {
      await screen.close();
    }
  });

  it('follows a file, and says what it does not go with', () => {
    const told = (...args: string[]) => spawnSync(process.execPath, [CLI, 'live', '--tui', ...args], { encoding: 'utf8' });
    expect(told('-i', 'lo', '--findings')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--tui does not go with --findings'),
    });
    expect(told('-i', 'lo')).toMatchObject({ status: 2, stderr: expect.stringContaining('needs a terminal') });
    expect(told('--follow', 'captures/native-missing-route.pcap', '-w', join(lab.folder, 'x')).stderr).toContain(':save FILE');
    expect(existsSync(join(lab.folder, 'x'))).toBe(false);
  });
});
