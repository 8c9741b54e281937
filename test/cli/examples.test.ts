// Every example of every --help does what it says: it is run in a folder where its files lie. Those that need an interface or a
// terminal are left out; test/live and test/tui have them.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { some } from '../thorough.js';
import { loaded, type Place } from './loaded.js';

const CLI = resolve('dist/cli.js');

/** What stands under the help of a command. */
function helpText(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

/** The commands of the examples, without the remarks behind them. */
function examplesOf(command: Command): string[] {
  const [, block] = /^Examples:\n((?: {2}\S.*\n)+)/m.exec(`${helpText(command)}\n`) ?? [];
  return (block ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().replace(/\s{3,}.*$/, ''));
}

const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap((sub) => leaves(sub));

const program = await createProgram(() => true);
const commands = [program, ...leaves(program)];

const ADDRESSES =
  '[{"ifindex":2,"ifname":"eth1","address":"02:00:00:00:00:01","link_type":"ether","addr_info":[{"family":"inet","local":"192.168.10.200","prefixlen":24}]}]';
const CLUSTER = `{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Node","metadata":{"name":"k8s-w0"},
"spec":{"podCIDR":"172.20.2.0/24","podCIDRs":["172.20.2.0/24"]},"status":{"addresses":[{"type":"InternalIP","address":"192.168.20.100"}]}}]}`;

let root: string;
let files: string;

/** A program of that name for the examples. */
function stub(name: string, script: string): void {
  const path = join(root, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

let place: Place = {};
const hopscope = loaded(() => place);

/** Makes one of the files of the examples. */
async function make(...args: string[]): Promise<void> {
  const { code, stderr } = await hopscope(...args);
  if (code !== 0) throw new Error(`hopscope ${args.join(' ')}: ${stderr}`);
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'hopscope-examples-'));
  files = join(root, 'files');
  mkdirSync(files);
  place = { cwd: files };
  mkdirSync(join(root, 'bin'));
  const copies = {
    'router.pcap': 'vxlan-router.pcap',
    'r.pcap': 'vxlan-router.pcap',
    'hubble.txt': 'policy-denied.txt',
    'dmesg.txt': 'kernel-message.txt',
    'w.pcap': 'vxlan-one-way.pcap',
    'growing.pcap': 'native-missing-route.pcap',
    'good.pcap': 'native-healthy.pcap',
    'bad.pcap': 'native-missing-route.pcap',
    'today.pcap': 'native-healthy.pcap',
    'one.pcapng': 'cooked-v1.pcapng',
    'lab.yaml': 'lab.topology.yaml',
    'yesterday.yaml': 'lab.topology.yaml',
    'today.yaml': 'native-missing-route.topology.yaml',
  };
  for (const [name, capture] of Object.entries(copies)) cpSync(join('captures', capture), join(files, name));
  writeFileSync(join(files, 'w.pcapng.gz'), gzipSync(readFileSync('captures/cooked-v1.pcapng')));
  writeFileSync(join(files, 'services.yaml'), 'addresses: { 192.168.10.219: { owner: k8s-ctr, service: default/more } }\n');
  writeFileSync(join(files, 'cluster.json'), CLUSTER);
  writeFileSync(join(files, 'router.txt'), ADDRESSES);
  writeFileSync(join(files, 'ctr.txt'), ADDRESSES.replace('10.200', '10.100'));
  for (const run of ['run1', 'run2', 'run7']) {
    mkdirSync(join(files, run));
    writeFileSync(join(files, run, 'router.txt'), ADDRESSES);
  }
  cpSync('captures/vxlan-router.pcap', join(files, 'run7', 'router.pcap'));
  writeFileSync(join(files, 'session.log'), `root@router:~# ip addr\n${ADDRESSES}root@router:~# exit\n`);
  symlinkSync(resolve('captures'), join(files, 'captures'));
  cpSync('expectations', join(files, 'expectations'), { recursive: true });
  for (const [side, capture] of [
    ['good', 'native-healthy.pcap'],
    ['bad', 'native-missing-route.pcap'],
  ] as const) {
    mkdirSync(join(files, side));
    for (const point of ['r1', 'r2']) cpSync(join('captures', capture), join(files, side, `${point}.pcap`));
  }
  const reported = ['verify', 'expectations/native-routing.yaml', '-q', '-f'];
  for (const lab of ['a', 'b']) await hopscope(...reported, `json=${lab}.json`);
  for (const i of [1, 2, 3, 4]) await hopscope(...reported, `json=part${i}.json`, '--shard', `${i}/4`);
  await make('new', 'rule', 'my-rule');
  for (const day of ['monday', 'tuesday']) await make('export', '--parquet', day, 'router.pcap', '-q');
  stub('hopscope', `exec ${process.execPath} ${CLI} "$@"`);
  stub('tcpdump', `cat ${join(files, 'router.pcap')}`);
  stub('kubectl', `cat ${join(files, 'cluster.json')}`);
  stub('ssh', `case "$*" in *tcpdump*) exec tcpdump ;; *) cat ${join(files, 'router.txt')} ;; esac`);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder of its own for what one example writes. */
function folderFor(example: string): string {
  const folder = mkdtempSync(join(root, 'run-'));
  cpSync(files, folder, { recursive: true });
  if (example.includes('captures/*')) {
    // Some captures, not all: what is exported of each one is the same work.
    rmSync(join(folder, 'captures'));
    mkdirSync(join(folder, 'captures'));
    for (const name of ['router.pcap', 'w.pcap', 'good.pcap']) cpSync(join(files, name), join(folder, 'captures', name));
  }
  if (example.includes('--parquet')) for (const day of ['monday', 'tuesday']) rmSync(join(folder, day), { recursive: true });
  for (const place of ['.local/share/bash-completion/completions', '.zfunc', '.config/fish/completions'])
    mkdirSync(join(folder, place), { recursive: true });
  symlinkSync(join(root, 'bin'), join(folder, 'bin'));
  return folder;
}

const needs = (example: string): string | null => {
  if (/ live -i | live --list/.test(example)) return 'an interface';
  if (/ live \S+=/.test(example)) return 'points to capture at';
  if (/hopscope tui\b/.test(example)) return 'a terminal';
  if (/hopscope capture /.test(example)) return 'a lab; test/collect has one';
  if (/\| man /.test(example) && spawnSync('man', ['--version']).status !== 0) return 'man';
  return null;
};

const WORD = /(?:[\w@%+=:,./-]+|'[^']*'|"[^"$`\\!]*")+/g;

/** The arguments of a line that is one run of hopscope and asks no more of a shell than to take quotes away; null for any other. */
function argumentsOf(line: string): string[] | null {
  const words = line.match(WORD) ?? [];
  if (words[0] !== 'hopscope' || words.join(' ') !== line || line.includes('--plugin')) return null;
  return words.slice(1).map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}

/** They go on until Ctrl-C. */
const ENDLESS = /--watch|--follow/;

/** What a command prints first. It and what it started are killed then, or when the test's time is nearly over. */
function firstWords(args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<string> {
  const child = spawn('bash', args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let isKilled = false;
  const kill = () => {
    if (!isKilled) process.kill(-child.pid!, 'SIGKILL');
    isKilled = true;
  };
  const patience = setTimeout(kill, 50_000);
  let said = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (/\S/.test(text)) kill();
      });
    child.on('close', () => {
      clearTimeout(patience);
      if (/\S/.test(said)) resolve(said);
      else reject(new Error(`${args.at(-1)} printed nothing`));
    });
  });
}

const all = [...new Set(commands.flatMap(examplesOf))].filter((example) => example !== '');
const cases = all.filter((example) => needs(example) === null);

describe.skipIf(spawnSync('bash', ['--version']).status !== 0)('the examples', () => {
  it.each(commands.map((command) => [command.name(), command] as const))('%s has some', (_, command) => {
    expect(examplesOf(command).join('')).not.toBe('');
  });

  it.skip.each(all.filter((example) => needs(example) !== null).map((example) => [example, needs(example)]))(
    '%s (needs %s)',
    () => undefined,
  );

  it.each(some(cases, 2))('%s', async (example) => {
    const folder = folderFor(example);
    const bash = ['-o', 'pipefail', '-c', example];
    const env = {
      ...process.env,
      PATH: `${join(root, 'bin')}:${process.env['PATH']}`,
      HOME: folder,
      TERM: 'dumb',
      NO_COLOR: '1',
    };
    if (ENDLESS.test(example)) {
      expect(await firstWords(bash, { cwd: folder, env })).not.toMatch(/internal error|^Usage|Try '/m);
      return;
    }
    const args = argumentsOf(example);
    place = { cwd: folder, env };
    const { status, stdout, stderr } =
      args === null
        ? spawnSync('bash', bash, { cwd: folder, encoding: 'utf8', timeout: 50_000, killSignal: 'SIGKILL', env })
        : await hopscope(...args).then(({ code, ...said }) => ({ status: code, ...said }));
    expect(stderr).not.toMatch(/internal error|^Usage|Try '/m);
    // A verdict on a capture is no failure of the example.
    expect([0, 1, 3], stderr).toContain(status);
    if (!/[>]|-q\b|-o |eval|-w |--parquet|=\S+\.(xml|csv)/.test(example)) expect(stdout).toMatch(/\S/);
  });
});
