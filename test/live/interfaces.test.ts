// Capturing on interfaces: in a lab of network namespaces that each test makes and takes away.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { some, thoroughly } from '../thorough.js';
import { CLI, Lab, pause, whyNot } from './lab.js';

const reason = whyNot();
if (reason !== null) console.warn(`live captures are not tested: ${reason}`);

/** A capturing child, and node itself, take their time on a busy machine. */
const READY_MS = 2500;

describe.skipIf(reason !== null)('hopscope live -i', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.remove());

  /** Waits until packets are captured: the child runs. */
  const capturing = async (program = 'tcpdump') => {
    for (let i = 0; i < 100 && lab.pids('router', program).length === 0; i++) await pause(50);
    await pause(READY_MS / 5);
  };

  // What else the machine has to do only makes it later: the best of three counts.
  it('finds a wrong egress within two seconds of the first unanswered retry, and sees it settled by the route', {
    retry: 2,
  }, async () => {
    const live = lab.live('router', '-i', 'any', '--at', 'router', '-t', lab.topology);
    await capturing();
    const started = Date.now();
    lab.ping('client', '172.31.2.1', 12);
    const raised = await live.raised('egress-wrong-interface', 8000);
    // ping sends its second request after a second: that is the first retry.
    expect(raised.atMs - started).toBeLessThan(1000 + 2000);
    expect(raised.finding?.title).toBe('Packets to 172.31.2.0/24 leave router by eth0 instead of eth2');
    lab.on('router', 'route', 'add', '172.31.2.0/24', 'via', '10.71.2.2');
    const settled = await live.resolved('egress-wrong-interface', 10_000);
    expect(settled.how).toBe('packets to 172.31.2.1 now leave by eth2 and are answered');
    live.child.kill('SIGINT');
    expect(await live.code).toBe(0);
    expect(live.events.at(-1)).toMatchObject({ event: 'end', ended: 'signal' });
    // A ping that lost its first packets to the fault is not held against it for ever.
    expect(live.events.filter((e) => e.event === 'raised' && e.atMs > settled.atMs)).toEqual([]);
  });

  it('ends at the first error with exit code 1 when asked to', async () => {
    const live = lab.live('router', '-i', 'any', '--at', 'router', '-t', lab.topology, '--until-finding', '--duration', '20s');
    await capturing();
    lab.ping('client', '172.31.2.1', 8);
    expect(await live.code).toBe(1);
    expect(live.events.at(-1)).toMatchObject({ event: 'end', ended: 'finding' });
  });

  it('raises ARP for an address nobody announces, and tells who answers at last', async () => {
    const live = lab.live('router', '-i', 'eth1', '-i', 'eth2');
    await capturing();
    lab.ping('client', '10.71.1.77', 5);
    const raised = await live.raised('arp-no-reply', 8000);
    expect(raised.finding?.title).toBe('Nobody answers ARP for 10.71.1.77');
    lab.on('router', 'addr', 'add', '10.71.1.77/24', 'dev', 'eth1');
    lab.ping('client', '10.71.1.77', 3);
    const settled = await live.resolved('arp-no-reply', 10_000);
    expect(settled.how).toMatch(/^10\.71\.1\.77 is now answered by ([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  });

  it('says nothing while an answer may still come, and nothing of a healthy lab', async () => {
    lab.on('router', 'route', 'add', '172.31.2.0/24', 'via', '10.71.2.2');
    const live = lab.live('router', '-i', 'any', '--at', 'router', '-t', lab.topology, '--duration', '6s');
    await capturing();
    lab.ping('client', '172.31.2.1', 4);
    lab.ping('client', '10.71.1.1', 4);
    expect(await live.code).toBe(0);
    expect(live.events.map((e) => e.event)).toEqual(['end']);
    expect(live.events[0].report?.captures[0].frames).toBeGreaterThan(10);
  });

  it('goes on when the interface goes down, disappears and comes back', async () => {
    const live = lab.live('router', '-i', 'eth1');
    await capturing();
    lab.on('router', 'link', 'set', 'eth1', 'down');
    await live.notice(/^eth1 went down$/, 4000);
    lab.on('router', 'link', 'set', 'eth1', 'up');
    await live.notice(/^eth1 is up again$/, 4000);
    lab.on('router', 'link', 'del', 'eth1');
    await live.notice(/^eth1 is gone$/, 4000);
    lab.join('client', 'eth1');
    lab.address('client', 'eth0', '10.71.1.2/24');
    lab.address('router', 'eth1', '10.71.1.1/24');
    await live.notice(/^eth1 is back/, 4000);
    await live.notice(/^capturing again on eth1$/, 8000);
    await pause(500);
    const before = lab.ping('client', '10.71.1.1', 2);
    await new Promise((done) => before.once('close', done));
    await pause(1500);
    live.child.kill('SIGINT');
    await live.code;
    expect(live.events.at(-1)?.report?.captures[0].frames).toBeGreaterThanOrEqual(4);
  });

  it.each(some(['tcpdump', 'dumpcap'], 2))('starts %s again when it is killed', async (program) => {
    if (spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined)
      return console.warn(`${program} is not installed`);
    const live = lab.live('router', '-i', 'eth1', '-i', 'eth2', '--backend', program);
    await capturing(program);
    const [pid] = lab.pids('router', program);
    process.kill(pid, 'SIGKILL');
    await live.notice(new RegExp(`^${program} ended \\(SIGKILL\\)`), 4000);
    await live.notice(/^capturing again on eth1, eth2$/, 6000);
    expect(lab.pids('router', program)).not.toContain(pid);
    lab.ping('client', '10.71.2.2', 2);
    await pause(3500);
    live.child.kill('SIGTERM');
    expect(await live.code).toBe(0);
    expect(live.events.at(-1)?.report?.captures[0].frames).toBeGreaterThanOrEqual(4);
    expect(lab.pids('router', program)).toEqual([]);
  });

  thoroughly('leaves a readable file when it is killed, with the names of the interfaces', async () => {
    const file = join(lab.folder, 'kept.pcapng');
    const live = lab.live('router', '-i', 'any', '-w', file);
    await capturing();
    const ping = lab.ping('client', '10.71.2.2', 3);
    await new Promise((done) => ping.once('close', done));
    await pause(1500);
    live.child.kill('SIGKILL');
    for (const pid of lab.pids('router', 'node')) process.kill(pid, 'SIGKILL');
    await live.code;
    expect(existsSync(file)).toBe(true);
    const dumped = spawnSync(process.execPath, [CLI, 'dump', file], { encoding: 'utf8' });
    expect(dumped.status, dumped.stderr).toBe(0);
    expect(dumped.stdout).toMatch(/in eth1 .*Echo \(ping\) request/);
    expect(dumped.stdout).toMatch(/out eth2 .*Echo \(ping\) request/);
  });

  it('leaves no program behind when it is killed, though no packet comes any more', async () => {
    const live = lab.live('router', '-i', 'eth1');
    await capturing();
    const [program] = lab.pids('router', 'tcpdump');
    expect(program).toBeGreaterThan(0);
    live.child.kill('SIGKILL');
    for (const pid of lab.pids('router', 'node')) process.kill(pid, 'SIGKILL');
    await live.code;
    const until = Date.now() + 10_000;
    while (lab.pids('router', 'tcpdump').length > 0 && Date.now() < until) await pause(100);
    expect(lab.pids('router', 'tcpdump')).toEqual([]);
  });

  thoroughly('keeps a ring of files', async () => {
    const live = lab.live('router', '-i', 'eth1', '-w', join(lab.folder, 'ring.pcapng'), '--ring', '64KB,2');
    await capturing();
    const flood = lab.start('client', 'ping', '-n', '-q', '-c', '400', '-i', '0.005', '-s', '1000', '10.71.1.1');
    await new Promise((done) => flood.once('close', done));
    await pause(1500);
    live.child.kill('SIGINT');
    await live.code;
    const kept = ['ring-00001', 'ring-00002', 'ring-00003', 'ring-00004', 'ring-00020'].filter((name) =>
      existsSync(join(lab.folder, `${name}.pcapng`)),
    );
    expect(kept).not.toContain('ring-00001');
    const files = spawnSync('ls', [lab.folder], { encoding: 'utf8' }).stdout.match(/ring-\d+\.pcapng/g) ?? [];
    expect(files).toHaveLength(2);
    for (const file of files) expect(spawnSync(process.execPath, [CLI, 'info', join(lab.folder, file)]).status).toBe(0);
  });

  it.each(some([[['--ring', '100KB,3']], [[]]], 2))(
    'leaves files that others read when it is killed under load (%j)',
    async (ring) => {
      const folder = join(lab.folder, 'kept');
      mkdirSync(folder);
      const live = lab.live('router', '-i', 'eth1', '-w', join(folder, 'kept.pcapng'), ...ring);
      await capturing();
      lab.start('client', 'ping', '-n', '-q', '-f', '-s', '1000', '10.71.1.1');
      await pause(1500);
      // Until the ring has gone round; on a busy machine that takes its time.
      for (
        let i = 0;
        i < 200 && ring.length > 0 && (readdirSync(folder).length < 3 || existsSync(join(folder, 'kept-00001.pcapng')));
        i++
      )
        await pause(50);
      for (const pid of lab.pids('router', 'node')) process.kill(pid, 'SIGKILL');
      await live.code;
      const files = readdirSync(folder).filter((name) => !name.startsWith('.'));
      // Killed between the new file and the removal of the oldest there is one more.
      expect(ring.length === 0 ? [1] : [3, 4]).toContain(files.length);
      for (const name of files) {
        const file = join(folder, name);
        for (const [program, ...args] of [
          [process.execPath, CLI, 'info', file],
          ['capinfos', file],
          ['tshark', '-n', '-r', file, '-c', '10'],
        ]) {
          const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
          if (error !== undefined) console.warn(`${program} is not installed`);
          // The kernel may end a write that is under way in the middle of a block: all before it is read, and that is said.
          else if (/breaks off inside a block|cut short/.test(stderr)) expect(stderr).not.toContain('the 0 frames before');
          else expect(status, `${program} ${name}: ${stderr}`).toBe(0);
        }
      }
    },
  );

  thoroughly('follows the ring that tcpdump -C -W writes', async () => {
    const first = join(lab.folder, 'turn.pcap0');
    const writer = lab.start(
      'router',
      'tcpdump',
      '-i',
      'eth1',
      '-U',
      '-C',
      '1',
      '-W',
      '3',
      '-Z',
      'root',
      '-w',
      join(lab.folder, 'turn.pcap'),
    );
    let told = '';
    writer.stderr?.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    for (let i = 0; i < 100 && !existsSync(first); i++) await pause(50);
    const live = lab.live('router', '--follow', first);
    const flood = lab.start('client', 'ping', '-n', '-q', '-c', '4000', '-i', '0.001', '-s', '1000', '10.71.1.1');
    // Round the ring and on.
    await live.notice(/^turn\.pcap0 carries on where turn\.pcap2 ends$/, 20_000);
    await new Promise((done) => flood.once('close', done));
    await pause(2500);
    writer.kill('SIGINT');
    for (const pid of lab.pids('router', 'tcpdump')) process.kill(pid, 'SIGINT');
    await new Promise((done) => writer.once('close', done));
    await pause(500);
    live.child.kill('SIGINT');
    expect(await live.code).toBe(0);
    expect(live.events.at(-1)?.report?.captures[0].frames).toBe(Number(/(\d+) packets captured/.exec(told)?.[1]));
  });

  it('refuses a wrong filter before anything starts', async () => {
    const live = lab.live('router', '-i', 'eth1', '--capture-filter', 'tcp prot 80');
    expect(await live.code).toBe(2);
    expect(live.errors).toMatch(/--capture-filter 'tcp prot 80': .*pcap-filter\(7\)/);
  });
});
