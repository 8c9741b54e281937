// hopscope topology, as a shell sees it.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, type Outcome } from './child.js';
import { loaded } from './loaded.js';

const CLI = resolve('dist/cli.js');
let folder: string;
const at = (name: string) => join(folder, name);

const run = loaded();
/** In a process of its own where something is written to it. */
function hopscope(args: readonly string[], stdin = ''): Promise<Outcome> {
  if (stdin === '') return run('topology', ...args);
  const child = spawn(process.execPath, [CLI, 'topology', ...args], { stdio: 'pipe' });
  child.stdin.on('error', () => {}).end(stdin);
  return finished(child);
}

const link = (ifindex: number, ifname: string, address: string, local: string, prefixlen: number) => ({
  ifindex,
  ifname,
  mtu: 1500,
  link_type: 'ether',
  address,
  addr_info: [{ family: 'inet', local, prefixlen, scope: 'global' }],
});
const ADDR = JSON.stringify([
  link(2, 'eth0', '02:00:00:00:00:02', '198.51.100.1', 24),
  link(3, 'eth1', '02:00:00:00:00:03', '203.0.113.1', 24),
]);
const ROUTE = JSON.stringify([{ dst: 'default', gateway: '198.51.100.254', dev: 'eth0' }]);
const NEIGH = JSON.stringify([{ dst: '203.0.113.9', dev: 'eth1', lladdr: '02:00:00:00:00:09', state: ['REACHABLE'] }]);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-topology-'));
  writeFileSync(at('addr.json'), ADDR);
  writeFileSync(at('route.json'), ROUTE);
  // As one shell line leaves it: outputs one after the other.
  writeFileSync(at('all.txt'), `${ADDR}\n${ROUTE}\n${NEIGH}\n`);
  writeFileSync(
    at('server.json'),
    JSON.stringify([
      link(2, 'eth0', '02:00:00:00:00:09', '203.0.113.9', 24),
      link(3, 'pods', '02:00:00:00:00:0a', '10.9.0.1', 24),
    ]),
  );
  writeFileSync(at('pods.yaml'), 'nodes: { server: { podCIDRs: [10.9.0.0/24] } }\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('topology import', () => {
  it('makes one file of several inputs, which a run can read', async () => {
    const out = at('lab.yaml');
    const made = await hopscope([
      'import',
      `gw=${at('addr.json')}`,
      `gw=${at('route.json')}`,
      `server=${at('server.json')}`,
      '-o',
      out,
    ]);
    expect(made).toMatchObject({ code: 0, stdout: '' });
    const yaml = readFileSync(out, 'utf8');
    expect(yaml).toContain('eth1: { index: 3, mac: "02:00:00:00:00:03", mtu: 1500, addresses: [ 203.0.113.1/24 ] }');
    expect(yaml).toContain('default via 198.51.100.254 dev eth0');
    const checked = await hopscope(['check', out]);
    expect(checked.code).toBe(3);
    expect(checked.stdout).toContain('2 nodes, 1 route,');
    expect(checked.stdout).toContain('The routes of server are not known');
  });

  it('takes outputs one after the other in one file, and from standard input', async () => {
    const file = await hopscope(['import', `gw=${at('all.txt')}`]);
    const pipe = await hopscope(['import', 'gw=-'], `${ADDR}\n${ROUTE}\n${NEIGH}\n`);
    expect(file).toMatchObject({ code: 0 });
    expect(file.stderr).toContain('note: 1 neighbours belong to no known node (203.0.113.9)');
    expect(pipe.stdout).toBe(file.stdout);
    expect((await hopscope(['import', '-q', `gw=${at('all.txt')}`])).stderr).toBe('');
  });

  it('tells contradictions, keeps the first, and says so in the exit code', async () => {
    const other = at('other.json');
    writeFileSync(other, ADDR.replace('02:00:00:00:00:03', '02:00:00:00:00:33'));
    const made = await hopscope(['import', '-q', `gw=${at('addr.json')}`, `gw=${other}`]);
    expect(made.code).toBe(3);
    expect(made.stderr).toMatch(/^hopscope: contradiction: .*eth1.*02:00:00:00:00:03.*02:00:00:00:00:33/m);
    expect(made.stdout).toContain('02:00:00:00:00:03');
  });

  it('says of each input why it cannot be used, and then writes nothing', async () => {
    const noise = at('noise.txt');
    const out = at('never.yaml');
    writeFileSync(noise, 'no such output\n');
    const made = await hopscope(['import', noise, at('addr.json'), '-o', out]);
    expect(made).toMatchObject({ code: 2, stdout: '' });
    expect(made.stderr).toContain(`${noise}: this is none of the outputs that can be imported`);
    expect(made.stderr).toContain(`${at('addr.json')}:1: ip addr: it does not say which node it is of`);
    expect(existsSync(out)).toBe(false);
    const missing = await hopscope(['import', `gw=${at('missing')}`, folder]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain(`${at('missing')}: there is no such file`);
    expect(missing.stderr).toContain(`${folder}: it is a directory`);
    expect((await hopscope(['import', 'a=-', 'b=-'])).stderr).toContain('standard input (-) can be read only once');
  });

  it('has help with examples', async () => {
    for (const name of ['import', 'check', 'diff', 'show']) {
      const help = await hopscope([name, '--help']);
      expect(help).toMatchObject({ code: 0, stderr: '' });
      expect(help.stdout).toContain(`hopscope topology ${name} `);
    }
    expect((await hopscope([])).code).toBe(2);
    expect((await hopscope(['imports'])).code).toBe(2);
  });
});

describe('topology check', () => {
  it('tells each problem with its place', async () => {
    const file = at('bad.yaml');
    writeFileSync(file, 'nodes:\n  gw:\n    interfaces:\n      eth0: { adresses: [198.51.100.1/24] }\n');
    const checked = await hopscope(['check', file]);
    expect(checked).toMatchObject({ code: 2, stdout: '' });
    expect(checked.stderr).toMatch(/bad\.yaml:4:\d+: .*adresses.*addresses/);
  });
});

describe('topology check of a lab', () => {
  const lab = (routes: string) => `nodes:
  a: { interfaces: { up: { index: 2, addresses: [10.1.0.2/24] } }, routes: [default via 10.1.0.1 dev up] }
  r:
    interfaces: { left: { index: 2, addresses: [10.1.0.1/24] }, right: { index: 3, addresses: [10.2.0.1/24] } }
    routes: [${routes}]
  b: { interfaces: { up: { index: 2, addresses: [10.2.0.2/24] } }, podCIDRs: [10.9.0.0/24], routes: [default via 10.2.0.1 dev up] }
`;
  const COMMAND = 'ip route add 10.9.0.0/24 via 10.2.0.2 dev right';
  beforeAll(() => {
    writeFileSync(at('good-lab.yaml'), lab('10.9.0.0/24 via 10.2.0.2 dev right'));
    writeFileSync(
      at('bad-lab.yaml'),
      lab('').replace(
        'routes: [default via 10.1.0.1 dev up]',
        'routes: [10.9.0.0/16 via 10.1.0.1 dev up, 10.2.0.0/24 via 10.1.0.1 dev up]',
      ),
    );
  });

  it('is silent on what is right, and says what is wrong with its command', async () => {
    const good = await hopscope(['check', '-t', at('good-lab.yaml')]);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(good.stdout).toMatch(/^✓ nothing wrong found: 3 nodes, 3 routes, \d+ paths/);
    const bad = await hopscope(['check', '-t', at('bad-lab.yaml')]);
    expect(bad).toMatchObject({ code: 1, stderr: '' });
    expect(bad.stdout).toContain('r has no route to 10.9.0.0/24');
    expect(bad.stdout).toContain(COMMAND);
    expect(await hopscope(['check', '-q', '-t', at('bad-lab.yaml')])).toMatchObject({ code: 1, stdout: '', stderr: '' });
  });

  it('reads a topology from a pipe too, which gives it only once', async () => {
    const path = at('bad-lab.yaml');
    const { stdout } = await hopscope(['check', path]);
    expect(stdout).toContain(COMMAND);
    for (const pipe of ['-', '/dev/stdin']) {
      const script = `cat "$2" | "$0" "$1" topology check ${pipe}`;
      const piped = spawnSync('sh', ['-c', script, process.execPath, CLI, path], { encoding: 'utf8' });
      expect(piped).toMatchObject({ status: 1, stdout, stderr: '' });
    }
  });

  it.each(['json', 'junit', 'sarif', 'github', 'markdown', 'tap'])('says it as %s', async (format) => {
    const bad = await hopscope(['check', '-f', format, '-t', at('bad-lab.yaml')]);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toContain('path-broken');
    expect(bad.stdout).toContain(COMMAND);
    expect(bad.stdout).toContain('bad-lab.yaml');
  });

  it('reads outputs, and a folder of them with a topology beside', async () => {
    const run = at('run');
    mkdirSync(join(run, 'server'), { recursive: true });
    writeFileSync(join(run, 'gw-all.txt'), `${ADDR}\n${ROUTE}\n${NEIGH}\n`);
    writeFileSync(join(run, 'server', 'addr.json'), readFileSync(at('server.json')));
    writeFileSync(join(run, 'pods.yaml'), readFileSync(at('pods.yaml')));
    writeFileSync(join(run, 'gw.pcap'), readFileSync('captures/native-healthy.pcap'));
    const folder = await hopscope(['check', '-f', 'json', run]);
    expect(JSON.parse(folder.stdout).topology).toMatchObject({ nodes: 2, interfaces: 4, routes: 1 });
    const named = await hopscope([
      'check',
      '-f',
      'json',
      `gw=${at('all.txt')}`,
      `server=${at('server.json')}`,
      '-t',
      at('pods.yaml'),
    ]);
    expect(JSON.parse(named.stdout).topology.paths).toEqual(JSON.parse(folder.stdout).topology.paths);
    expect(named.code).toBe(folder.code);
    const empty = at('empty');
    mkdirSync(empty);
    expect(await hopscope(['check', empty])).toMatchObject({ code: 2, stdout: '' });
    expect((await hopscope(['check'])).stderr).toContain('name the topology');
  });

  it('keeps machines apart that have one address, as those of Vagrant do, named or in a folder', async () => {
    const nat = (mac: string) => link(2, 'eth0', mac, '10.0.2.15', 24);
    const gw = JSON.stringify([
      nat('02:00:00:00:01:02'),
      link(3, 'eth1', '02:00:00:00:01:03', '192.0.2.200', 24),
      link(4, 'eth2', '02:00:00:00:01:04', '198.51.100.200', 24),
    ]);
    const node = JSON.stringify([nat('02:00:00:00:02:02'), link(3, 'eth1', '02:00:00:00:02:03', '198.51.100.10', 24)]);
    mkdirSync(at('nat'));
    writeFileSync(at('nat/gw-addr.json'), gw);
    writeFileSync(at('nat/w1-addr.json'), node);
    for (const given of [[`gw=${at('nat/gw-addr.json')}`, '-t', `w1=${at('nat/w1-addr.json')}`], [at('nat')]]) {
      const { stdout, stderr } = await hopscope(['check', '-t', ...given]);
      expect(stderr).toBe('');
      expect(stdout).toContain('2 nodes');
      expect(stdout).not.toContain('on two interfaces');
    }
  });

  it('diff lists what changed, in words and as JSON', async () => {
    const [good, bad] = [at('good-lab.yaml'), at('bad-lab.yaml')];
    expect(await hopscope(['diff', good, good])).toMatchObject({ code: 0, stdout: 'the same\n', stderr: '' });
    const text = await hopscope(['diff', good, bad]);
    expect(text).toMatchObject({ code: 1, stderr: '' });
    expect(text.stdout).toContain('- route 10.9.0.0/24 of r: via 10.2.0.2 dev right\n');
    const json = JSON.parse((await hopscope(['diff', '-f', 'json', good, bad])).stdout);
    expect(json).toMatchObject({ schema: 'hopscope.topology-diff/1', before: [good], after: [bad] });
    expect(json.changes).toContainEqual({
      what: 'route',
      node: 'r',
      name: '10.9.0.0/24',
      kind: 'gone',
      before: 'via 10.2.0.2 dev right',
      after: null,
    });
  });
});

describe('topology show', () => {
  it('says who has an address, what the table does, what is right and how to get there', async () => {
    const lab = at('show.yaml');
    const made = await hopscope(['import', '-q', `gw=${at('all.txt')}`, `server=${at('server.json')}`, '-o', lab]);
    expect(made.code).toBe(0);
    const shown = await hopscope(['show', '-t', lab, '-t', at('pods.yaml'), '--from', 'gw', '10.9.0.7', '203.0.113.9']);
    expect(shown.stdout).toBe(`10.9.0.7: pod network 10.9.0.0/24 on server
  from gw: default via 198.51.100.254 dev eth0
    right: 10.9.0.0/24 via 203.0.113.9 dev eth1, to server
    repair: ip route add 10.9.0.0/24 via 203.0.113.9 dev eth1
203.0.113.9: eth0 of server
  from gw: 203.0.113.0/24 dev eth1
    right: 203.0.113.9 dev eth1, to server
`);
    expect(shown.code).toBe(0);
  });

  it('refuses what is no address or no node', async () => {
    expect((await hopscope(['show', '-t', at('pods.yaml'), 'server'])).stderr).toContain("'server' is not an IP address");
    const node = await hopscope(['show', '-t', at('pods.yaml'), '--from', 'gw', '10.9.0.1']);
    expect(node.code).toBe(2);
    expect(node.stderr).toContain("the topology has no node 'gw'; it has server");
    expect((await hopscope(['show', '10.9.0.1'])).code).toBe(2);
  });
});
