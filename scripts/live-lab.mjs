// For bench-live.mjs and soak.mjs: two namespaces with a veth pair between them, traffic to send, programs that listen.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

export const has = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

/** Ends with a reason where a lab cannot be had. */
export function need(...programs) {
  const missing = programs.filter((program) => !has(program));
  const why =
    process.getuid?.() !== 0
      ? 'network namespaces need root: run it with sudo'
      : missing.length > 0
        ? `not installed: ${missing.join(', ')} (apt-get install ${missing.join(' ')})`
        : null;
  if (why === null) return;
  console.log(why);
  process.exit(2);
}

/** Whole lines of the end: tshark prints one a packet, and a report is one long line. */
function ending(text) {
  const at = text.lastIndexOf('\n', text.length - 65_536);
  return text.length > 65_536 && at >= 0 ? text.slice(at + 1) : text;
}

export class Pair {
  /** `word` tells several pairs apart. */
  constructor(word = '') {
    this.names = [`hs${process.pid}${word}a`, `hs${process.pid}${word}b`];
    for (const name of this.names) {
      execFileSync('ip', ['netns', 'add', name]);
      // Without IPv6 nothing is sent but what the test sends.
      this.run(name, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
    }
    const [a, b] = this.names;
    execFileSync('ip', ['-n', a, 'link', 'add', 'out', 'type', 'veth', 'peer', 'name', 'in', 'netns', b]);
    execFileSync('ip', ['-n', a, 'link', 'set', 'out', 'up']);
    execFileSync('ip', ['-n', b, 'link', 'set', 'in', 'up']);
    process.once('SIGINT', () => {
      this.remove();
      process.exit(130);
    });
  }

  run(name, ...command) {
    return execFileSync('ip', ['netns', 'exec', name, ...command], { encoding: 'utf8' });
  }

  /** Starts a listener; `said` and `errors` are the end of what it wrote, `ended` resolves to its exit code. */
  listen(...command) {
    const child = spawn('ip', ['netns', 'exec', this.names[1], ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
    const listener = { child, said: '', errors: '', ended: null };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      listener.said = ending(listener.said + text);
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      listener.errors = ending(listener.errors + text);
    });
    listener.ended = new Promise((done) => child.once('close', done));
    return listener;
  }

  /** Sends; resolves to the packets sent and the rate reached. */
  async send(file, { pps, loops, unique = false }) {
    const args = [
      '-i',
      'out',
      '--preload-pcap',
      '--pps',
      String(pps),
      '--loop',
      String(loops),
      ...(unique ? ['--unique-ip'] : []),
      file,
    ];
    const child = spawn('ip', ['netns', 'exec', this.names[0], 'tcpreplay', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        said += text;
      });
    await new Promise((done) => child.once('close', done));
    const sent = Number(/Successful packets:\s+(\d+)/.exec(said)?.[1] ?? 0);
    const rate = Number(/([\d.]+) pps/.exec(said)?.[1] ?? 0);
    if (sent === 0) throw new Error(`tcpreplay sent nothing: ${said}`);
    return { sent, rate };
  }

  /** Process ids of a program that listens. */
  pids(program) {
    return execFileSync('ip', ['netns', 'pids', this.names[1]], { encoding: 'utf8' })
      .split('\n')
      .filter((pid) => pid !== '' && spawnSync('cat', [`/proc/${pid}/comm`], { encoding: 'utf8' }).stdout.trim() === program);
  }

  remove() {
    for (const name of this.names) {
      const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
      for (const pid of (stdout ?? '').split('\n').filter(Boolean)) spawnSync('kill', ['-9', pid]);
      spawnSync('ip', ['netns', 'del', name]);
    }
  }
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** UDP in `flows` conversations, both ways by turns, frames of 100 bytes: `frames` of them, as a pcap file. */
export function writeTraffic(path, frames, flows) {
  const file = Buffer.alloc(24 + frames * 116);
  file.set(new Uint8Array(new Uint32Array([0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1]).buffer));
  for (let i = 0; i < frames; i++) {
    const at = 24 + i * 116;
    const flow = i % flows;
    const back = Math.floor(i / flows) % 2 === 1;
    file.writeUInt32LE(1_700_000_000, at);
    file.writeUInt32LE(i, at + 4);
    file.writeUInt32LE(100, at + 8);
    file.writeUInt32LE(100, at + 12);
    const frame = file.subarray(at + 16, at + 116);
    frame.set([2, 0, 0, 0, 0, back ? 1 : 2, 2, 0, 0, 0, 0, back ? 2 : 1, 8, 0]);
    frame.set([0x45, 0, 0, 86, (i >> 8) & 255, i & 255, 0, 0, 64, 17, 0, 0], 14);
    const client = [10, 2, flow >> 8, (flow & 255) | 1];
    const server = [10, 3, 0, 1];
    frame.set([...(back ? server : client), ...(back ? client : server)], 26);
    let sum = 0;
    for (let k = 14; k < 34; k += 2) sum += frame.readUInt16BE(k);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    frame.writeUInt16BE(~sum & 0xffff, 24);
    frame.writeUInt16BE(back ? 5001 : 40_000 + (flow & 0x1fff), 34);
    frame.writeUInt16BE(back ? 40_000 + (flow & 0x1fff) : 5001, 36);
    frame.writeUInt16BE(66, 38);
    frame.writeUInt32BE(i, 42);
  }
  writeFileSync(path, file);
}
