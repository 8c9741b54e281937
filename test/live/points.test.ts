// Several points at once, each a network namespace that is reached as a machine would be; the clock of one is 40 s ahead.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI, Lab, Watched, whyNot } from './lab.js';

const runCli = (args: readonly string[]) => {
  const { status, stderr } = spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8' });
  return { code: status, stderr };
};

const missing = whyNot();
if (missing !== null) console.warn(`live points are not tried: ${missing}`);

describe.skipIf(missing !== null)('hopscope live POINTS', () => {
  let lab: Lab;
  let file: string;

  beforeAll(() => {
    lab = new Lab();
    file = lab.points();
  });
  afterAll(() => lab.remove());

  const capturing = async (): Promise<void> => {
    const until = performance.now() + 30_000;
    while (['client', 'router', 'server'].some((node) => lab.pids(node, 'tcpdump').length === 0)) {
      if (performance.now() > until) throw new Error('they do not capture');
      await sleep(50);
    }
    // Until then the program has a process, and no packets.
    await sleep(500);
  };

  it('joins what the points see, and says what is not seen while one is away', async () => {
    const sheet = join(lab.folder, 'expect.yaml');
    writeFileSync(
      sheet,
      `version: 1
expect:
  - name: pings go through all points
    flow: { src: 10.71.1.2, dst: 10.71.2.2, proto: icmp }
    path: [client out eth0, router in eth1, router out eth2, server in eth0]
`,
    );
    const live = lab.live('client', file, '--expect', sheet, '--no-progress');
    const clock = await live.event((e) => e.text?.includes('clock') === true, 30_000);
    expect(clock.text).toMatch(
      /^client: its clock is (39|40|41)\.\d s ahead of ours \(\d+ ms more or less\); times are brought together$/,
    );
    await capturing();
    const pinged = (count: number) => new Promise((done) => lab.ping('client', '10.71.2.2', count).once('close', done));
    await pinged(2);
    await sleep(2500);
    // A healthy lab.
    expect(live.events.filter((e) => e.event !== 'notice' && e.finding?.rule !== 'capture-clock-jump')).toEqual([]);

    lab.on('server', 'route', 'del', 'default');
    await pinged(3);
    const raised = await live.event((e) => e.event === 'raised' && e.finding?.severity === 'error', 20_000);
    expect(raised.finding).toMatchObject({ verdict: 'fail' });
    lab.on('server', 'route', 'add', 'default', 'via', '10.71.2.1');

    for (const pid of lab.pids('router', 'tcpdump')) process.kill(pid, 'SIGKILL');
    await live.event((e) => e.text?.startsWith('router: Killed') === true, 10_000);
    await live.event((e) => e.event === 'raised' && e.finding?.rule === 'capture-dropped', 20_000);
    await live.event((e) => e.text?.startsWith('router: capturing again') === true, 30_000);
    live.child.kill('SIGINT');
    const { report } = await live.event((e) => e.event === 'end', 20_000);
    expect(report?.captures.map(({ frames }) => frames > 0)).toEqual([true, true, true]);
    // The clocks were brought together, or it would not be one journey.
    const [suite] = (report as unknown as { suites: { expectations: { verdict: string; seen: string }[] }[] }).suites;
    expect(suite?.expectations).toMatchObject([{ verdict: 'pass' }]);
    await live.code;
    for (const node of ['client', 'router', 'server']) expect(lab.pids(node, 'tcpdump')).toEqual([]);
  });

  it('says of each point why it cannot be captured, and goes on with the others', async () => {
    const live = new Watched(
      lab.start('client', process.execPath, CLI, 'live', '--format', 'jsonl', '--duration', '4s', 'a=local', 'b=netns:none'),
    );
    await live.event((e) => e.text?.startsWith('b: there is no such network namespace') === true, 20_000);
    expect(await live.code).toBe(3);
    const none = runCli(['live', 'a=netns:none', 'b=netns:neither', '--duration', '5s']);
    expect(none.code).toBe(4);
    expect(none.stderr.trim().split('\n')).toEqual([
      'hopscope: a: there is no such network namespace; `ip netns list` lists them',
      'b: there is no such network namespace; `ip netns list` lists them',
    ]);
  });

  it('ends its programs when it is killed', async () => {
    const live = lab.live('client', file);
    await capturing();
    live.child.kill('SIGKILL');
    const until = performance.now() + 20_000;
    while (['client', 'router', 'server'].some((node) => lab.pids(node, 'tcpdump').length > 0)) {
      if (performance.now() > until) throw new Error('some still run');
      await sleep(50);
    }
  });

  it('refuses what does not go with several points', async () => {
    for (const [args, says] of [
      [
        ['a=local', 'b=local', '-w', 'x.pcapng'],
        "--write does not go with several points; 'hopscope capture' keeps what is captured there",
      ],
      [['a=local', 'a=local'], "two points are called 'a'; give one of them another name"],
      [['a=shs:b'], "a: 'shs:b' is no way to a point; did you mean 'ssh'?"],
      [['--sudo'], '--sudo, --image, --ssh-config and --context are for points: router=ssh:USER@HOST'],
      [[file, '--sudo'], `--sudo is for points that arguments name; write it in ${file}`],
    ] as const) {
      const { code, stderr } = runCli(['live', ...args]);
      expect({ code, stderr }).toEqual({ code: 2, stderr: `hopscope: ${says}\n` });
    }
  });
});
