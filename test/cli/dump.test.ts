// dump, flows and follow as a shell sees them.
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Frame } from '../../src/capture/frame.js';
import { emptyInfo } from '../../src/capture/records.js';
import { CaptureWriter } from '../../src/capture/write.js';
import { captureFile, echo, encode, forward, ipv4, sll2, tcp } from '../rules/lab.js';
import { finished } from './child.js';
import { loaded } from './loaded.js';

const CLI = process.env['HOPSCOPE_CLI'] ?? resolve('dist/cli.js');

let folder: string;
const file = (name: string) => join(folder, name);

const ping = sll2({ if: 3, dir: 'in' }, ipv4({ src: '10.0.1.5', dst: '10.0.2.5', id: 1 }, echo()));
const data = Uint8Array.from(Buffer.from('hello\n'));
const talk = sll2(
  { if: 3, dir: 'in' },
  ipv4({ src: '10.0.1.5', dst: '10.0.2.5', id: 2 }, tcp({ src: 4000, dst: 7000, flags: 'PA', seq: 1, data })),
);
const FRAMES = [ping, forward(ping, { if: 4 }), talk];

/** The ping on two named interfaces, with a comment. */
function commented(): Uint8Array {
  const parts: Uint8Array[] = [];
  const info = emptyInfo('lab', null);
  for (const [id, name] of ['eth1', 'eth2'].entries())
    info.interfaces.push({
      id,
      section: 1,
      linkType: 276,
      snapLength: 65535,
      name,
      description: null,
      filter: null,
      dropped: null,
      received: null,
    });
  info.frameComments.set(2, 'the copy');
  const writer = new CaptureWriter((bytes) => parts.push(bytes.slice()), 'lab');
  const bytes = encode(ping);
  for (const number of [1, 2])
    writer.write(
      Object.assign(new Frame(), {
        bytes,
        end: bytes.length,
        wireLength: bytes.length,
        number,
        linkType: 276,
        interfaceId: number - 1,
      }),
      info,
    );
  writer.finish();
  return Buffer.concat(parts);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-dump-'));
  const capture = captureFile(FRAMES);
  writeFileSync(file('good.pcap'), capture);
  writeFileSync(file('cut.pcap'), capture.subarray(0, -7));
  writeFileSync(file('large.pcap'), captureFile(Array.from({ length: 50_000 }, () => ping)));
  writeFileSync(file('named.pcapng'), commented());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (args: string[], stdin: 'ignore' | 'pipe' = 'ignore') =>
  spawn(process.execPath, [CLI, ...args], { stdio: [stdin, 'pipe', 'pipe'] });
const hopscope = loaded();

describe('dump', () => {
  it('prints lines, with -r as with an argument', async () => {
    const plain = await hopscope('dump', file('good.pcap'), '--ifmap', '3=eth1,4=eth2');
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    expect(plain.stdout.split('\n')).toHaveLength(4);
    expect(plain.stdout).toMatch(/ in eth1 .*\n.* out eth2 /);
    expect(await hopscope('dump', '-n', '-r', file('good.pcap'), '--ifmap', '3=eth1,4=eth2')).toEqual(plain);
  });

  it('tells remarks to who asks for them, and adds none to the structure of a frame', async () => {
    const asked = await hopscope('dump', 'captures/arp-flap.pcap', '-T', 'fields', '-e', '_ws.expert.message');
    expect(asked.stdout.split('\n').some((line) => line !== '')).toBe(true);
    expect((await hopscope('dump', '-V', 'captures/arp-flap.pcap')).stdout).not.toMatch(/Expert info/);
  });

  it.each([
    [['dump'], /name a capture to print/],
    [['dump', 'GOOD', '-T', 'fields'], /at least one -e/],
    [['dump', 'GOOD', '-T', 'fields', '-e', 'ip.scr'], /there is no field "ip.scr"; did you mean .*ip\.src/],
    [['dump', 'GOOD', '-e', 'ip.src'], /add -T fields/],
    [['dump', 'GOOD', '-Y', 'ip.src =='], /ip\.src ==/],
    [['dump', 'GOOD', '-T', 'psml', '-V'], /leave/],
    [['dump', 'GOOD', '-d', 'udp.port=1'], /udp\.port==8472,vxlan/],
    [['dump', 'GOOD', '-c', '0'], /from 1 on/],
    [['dump', 'GOOD', '-w', 'MISSING/x.pcap'], /directory/],
    [['follow', 'GOOD', '77'], /no TCP or UDP conversation matches '77'/],
    [['follow', 'GOOD', '0'], /only TCP and UDP/],
    [['flows', 'GOOD', '--sort', 'colour'], /colour/],
  ])('%j is a usage error', async (args, message) => {
    const named = args.map((arg) => (arg === 'GOOD' ? file('good.pcap') : arg.replace('MISSING', file('missing'))));
    const { code, stdout, stderr } = await hopscope(...named);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/internal error|node:/);
    expect(stdout).toBe('');
    expect([2, 4]).toContain(code);
  });

  it('prints what could be read of a damaged capture, and says so', async () => {
    const { code, stdout, stderr } = await hopscope('dump', file('cut.pcap'));
    expect(code).toBe(4);
    expect(stdout.split('\n')).toHaveLength(3);
    expect(stderr).toMatch(/^hopscope: .*frame 3 .*\n$/);
    const json = await hopscope('dump', file('cut.pcap'), '-T', 'json');
    expect(json.code).toBe(4);
    expect(JSON.parse(json.stdout)).toHaveLength(2);
  });

  it('takes -t for a form of times or for a topology', async () => {
    const times = await hopscope('dump', file('good.pcap'), '-t', 'e', '-c', '1');
    expect(times.stdout).toMatch(/^ {4}1 \d{10}\.\d{9} /);
    const both = await hopscope('dump', file('good.pcap'), '-t', resolve('captures/lab.topology.yaml'), '-t', 'r', '-c', '1');
    expect(both).toMatchObject({ code: 0, stderr: '' });
    expect((await hopscope('dump', file('good.pcap'), '-t', 'xd')).stderr).toContain('-t xd: neither a form of times (a, ad,');
    expect((await hopscope('dump', file('good.pcap'), '-t', 'a', '-t', 'r')).code).toBe(2);
    expect((await hopscope('dump', file('good.pcap'), '--style', 'tcpdump', '-tt', '-c1')).stdout).toMatch(/^\d{10}\.\d{6} /);
  });

  it.each([
    [['-a', 'duration:5'], 'hopscope live has --duration'],
    [['-b', 'files:3'], '--ring'],
    [['-f', 'arp'], 'put its words behind the file'],
    [['-D'], 'hopscope live --list'],
    [['-X', 'lua_script:a.lua'], 'there are no scripts'],
    [['-R', 'icmp'], '-R needs -2'],
    [['-O', 'icpm'], 'did you mean ccp, icmp'],
    [['-z', 'conv,tpc'], 'conv,tcp?'],
    [['-z', 'follow,tls,ascii,0'], "hopscope follow FILE 'tcp.stream == 0'"],
    [['-z', 'io,stat'], 'give an interval in seconds'],
    [['-o', 'tcp.desegment_tcp_streams:TRUE'], 'hopscope follow does'],
    [['-o', 'ip.defragmnt:FALSE'], 'did you mean ip.defragment'],
    [['-G', 'values'], 'fields and protocols are known'],
  ])('%s is answered by what to use', async (args, words) => {
    const { code, stdout, stderr } = await hopscope('dump', file('good.pcap'), ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
  });

  it('goes on where an option of tshark changes nothing, and says so unless it is to be quiet', async () => {
    const told = await hopscope('dump', '-N', 'mnt', '-C', 'lab', '-l', '-p', '-s', '96', '-r', file('good.pcap'));
    expect(told).toMatchObject({ code: 0, stderr: expect.stringMatching(/-N mnt changes nothing.*\n.*-C changes nothing/) });
    expect(told.stdout.split('\n')).toHaveLength(4);
    expect(await hopscope('dump', '-N', 'mnt', '-q', file('good.pcap'))).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('-O shows the fields of some protocols, -S another line after each, -P the line above', async () => {
    const { stdout } = await hopscope('dump', file('good.pcap'), '-O', 'icmp', '-S', '----', '-P', '-c', '1');
    expect(stdout).toMatch(
      /^ {4}1 .*\nFrame 1: .*\nLinux cooked.*\nInternet Protocol.*\nInternet Control.*\n {4}Type: (.*\n)*----\n$/,
    );
  });

  it('-G lists fields and protocols in the lines of tshark', async () => {
    const fields = (await hopscope('dump', '-G', 'fields')).stdout;
    expect(fields).toContain('F\tTime to live\tip.ttl\tFT_UINT8\tip\tBASE_DEC\t0x0\t\n');
    expect((await hopscope('dump', '-G', 'protocols')).stdout).toMatch(/^[^\t\n]+\tVXLAN\tvxlan$/m);
  });

  it('hopscope version is --version', async () => {
    const [word, option] = await Promise.all([finished(start(['version'])), finished(start(['--version']))]);
    expect(word).toEqual(option);
    expect(word).toMatchObject({ code: 0, stdout: expect.stringMatching(/^hopscope \d/), stderr: '' });
  });

  it('is JSON from a pipe too', async () => {
    const child = start(['dump', '-', '-T', 'json', '-Y', 'tcp'], 'pipe');
    child.stdin?.end(readFileSync(file('good.pcap')));
    const { code, stdout } = await finished(child);
    expect(code).toBe(0);
    expect(
      JSON.parse(stdout).map((packet: { _source: { layers: { frame: object } } }) => packet._source.layers.frame),
    ).toMatchObject([{ 'frame.number': '3' }]);
  });

  it('prints a packet of a pipe before the next one comes', async () => {
    const child = start(['dump', '-'], 'pipe');
    const whole = finished(child);
    const first = new Promise<string>((done) => child.stdout?.once('data', (chunk) => done(String(chunk))));
    const bytes = readFileSync(file('good.pcap'));
    child.stdin?.write(bytes.subarray(0, bytes.length - 10));
    expect(await first).toMatch(/ICMP/);
    child.stdin?.end(bytes.subarray(bytes.length - 10));
    expect((await whole).code).toBe(0);
  });

  it.each([['dump'], ['dump', '-V', '-x'], ['dump', '-T', 'jsonl'], ['dump', '-T', 'fields', '-e', 'hop.path']])(
    '%j ends at once and quietly when nobody reads any more',
    async (...args) => {
      const child = start([...args, file('large.pcap')]);
      child.stdout?.once('data', () => child.stdout?.destroy());
      const began = performance.now();
      const { code, signal, stderr } = await finished(child);
      expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
      expect(performance.now() - began).toBeLessThan(15_000);
    },
  );

  it('writes the packets that match, with names and comments of a pcapng', async () => {
    const out = file('out.pcapng');
    expect(await hopscope('dump', file('named.pcapng'), '-Y', 'frame.number == 2', '-w', out)).toMatchObject({
      code: 0,
      stdout: '',
    });
    const back = await hopscope('dump', out, '-T', 'fields', '-e', 'frame.interface_name', '-e', 'frame.comment', '-e', 'ip.src');
    expect(back.stdout).toBe('eth2\tthe copy\t10.0.1.5\n');
  });

  it('prints the words of a text, not the addresses that stand for them, which fields and filters have', async () => {
    const text = file('words.txt');
    writeFileSync(
      text,
      `14:09:53.307158 eth0 In  IP client-a.43544 > 192.0.2.x.443: Flags [S], seq 1, win 64240, length 0
14:09:53.407158 eth0 In  IP 10.0.0.1 > <vip>: ICMP echo request, id 3, seq 1, length 64
14:09:53.507158 eth0 In  ARP, Request who-has <vip> tell 192.0.2.x, length 28
`,
    );
    const written = file('words.pcapng');
    await hopscope('dump', text, '-w', written);
    for (const path of [text, written]) {
      const lines = (await hopscope('dump', path)).stdout.split('\n');
      expect(lines[0]).toMatch(/ client-a \u2192 192\.0\.2\.x {7}TCP /);
      expect(lines[1]).toMatch(/ 10\.0\.0\.1 \u2192 <vip> {11}ICMP /);
      expect(lines[2]).toContain('Who has <vip>? Tell 192.0.2.x');
      expect((await hopscope('dump', path, '--style', 'tcpdump')).stdout).toContain('IP client-a.43544 > 192.0.2.x.443: Flags');
      const flows = (await hopscope('flows', path)).stdout;
      expect(flows).toMatch(/client-a:43544 +\u2192 192\.0\.2\.x:443/);
      expect(flows).not.toMatch(/\b2[45]\d\.\d/);
      expect(JSON.parse((await hopscope('flows', path, '-f', 'json')).stdout).flows[0]).toMatchObject({
        srcName: 'client-a',
        dstName: '192.0.2.x',
      });
      const address = (await hopscope('dump', path, '-c', '1', '-T', 'fields', '-e', 'ip.src')).stdout.trim();
      expect(address).toMatch(/^2[45]\d\./);
      expect((await hopscope('dump', path, '-Y', `ip.src == ${address}`)).stdout.split('\n')).toHaveLength(2);
    }
  });

  it('chooses the format of a capture by its name, or as it is told', async () => {
    const magic = (name: string) => readFileSync(file(name)).subarray(0, 4).toString('hex');
    await hopscope('dump', file('good.pcap'), '-w', file('a.pcap'));
    await hopscope('dump', file('good.pcap'), '-w', file('b.out'));
    await hopscope('dump', file('good.pcap'), '-w', file('c.out'), '-F', 'pcap');
    expect([magic('a.pcap'), magic('b.out'), magic('c.out')]).toEqual(['4d3cb2a1', '0a0d0d0a', '4d3cb2a1']);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('writes a capture to standard output, a file or a pipe, and leaves the device alone', async () => {
    const fd = openSync(file('redirected'), 'w');
    const child = spawn(process.execPath, [CLI, 'dump', file('good.pcap'), '-w', '-'], { stdio: ['ignore', fd, 'pipe'] });
    expect(await finished(child)).toMatchObject({ code: 0, stderr: '' });
    closeSync(fd);
    const back = await hopscope('dump', file('redirected'), '-T', 'fields', '-e', 'frame.number', '-e', 'ip.src');
    expect(back.stdout).toBe('1\t10.0.1.5\n2\t10.0.1.5\n3\t10.0.1.5\n');
    expect((await hopscope('dump', file('good.pcap'), '-w', '-', '-P')).code).toBe(2);
  });

  it('prints beside a capture when it is asked to', async () => {
    const { stdout } = await hopscope('dump', file('good.pcap'), '-w', file('d.pcap'), '-P', '-c', '1');
    expect(stdout.split('\n')).toHaveLength(2);
  });
});

describe('flows and follow', () => {
  it('list conversations, and print what one of them said', async () => {
    const { code, stdout } = await hopscope('flows', file('good.pcap'), '-f', 'json');
    expect(code).toBe(0);
    const { flows } = JSON.parse(stdout);
    expect(flows.map((flow: { proto: string }) => flow.proto)).toEqual(['icmp', 'tcp']);
    const said = await hopscope('follow', file('good.pcap'), String(flows[1].id), '--as', 'raw');
    expect(said).toMatchObject({ code: 0, stdout: 'hello\n', stderr: '' });
  });

  it('say that a capture is damaged', async () => {
    expect(await hopscope('flows', file('cut.pcap'))).toMatchObject({ code: 4, stderr: expect.stringMatching(/frame 3/) });
    expect(await hopscope('follow', file('cut.pcap'), 'icmp || tcp')).toMatchObject({ code: 4 });
  });
});
