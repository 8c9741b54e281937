// Ctrl-C at random times: `npm run soak -- --interrupts 10000`. Whatever a command had read by then, it must not say that all is well where
// the whole capture shows a fault, nor leave a file that looks whole and is not.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Connections that are answered, then one that is not. */
const CONNECTIONS = 6000;

const be16 = (n) => [(n >> 8) & 255, n & 255];
const be32 = (n) => [...be16(n >>> 16), ...be16(n)];

let id = 0;
function segment(src, dst, srcPort, dstPort, seq, ack, flags) {
  const tcp = [...be16(srcPort), ...be16(dstPort), ...be32(seq), ...be32(ack), 0x50, flags, 0x40, 0, 0, 0, 0, 0];
  id = (id % 0xffff) + 1;
  const ip = [0x45, 0, ...be16(20 + tcp.length), ...be16(id), 0, 0, 64, 6, 0, 0, ...src, ...dst];
  return [2, 0, 0, 0, 0, 11, 2, 0, 0, 0, 0, 10, 8, 0, ...ip, ...tcp];
}

/** A pcap whose only fault is at its end. */
export function lateFault(connections = CONNECTIONS) {
  const [client, server, silent] = [
    [10, 9, 1, 5],
    [10, 10, 2, 6],
    [10, 0, 1, 6],
  ];
  const records = [];
  const add = (us, bytes) => {
    const head = Buffer.alloc(16);
    head.writeUInt32LE(1_700_000_000 + Math.floor(us / 1e6), 0);
    head.writeUInt32LE(us % 1e6, 4);
    head.writeUInt32LE(bytes.length, 8);
    head.writeUInt32LE(bytes.length, 12);
    records.push(head, Uint8Array.from(bytes));
  };
  for (let i = 0; i < connections; i++) {
    const [port, us] = [1024 + (i % 60_000), i * 40];
    add(us, segment(client, server, port, 80, 7, 0, 2));
    add(us + 10, segment(server, client, 80, port, 9, 8, 0x12));
    add(us + 20, segment(client, server, port, 80, 8, 10, 0x10));
  }
  for (const s of [0, 1, 3, 7]) add(60e6 + s * 1e6, segment(client, silent, 5555, 80, 7, 0, 2));
  add(90e6, segment(client, server, 1023, 80, 7, 0, 2));
  add(90e6 + 10, segment(server, client, 80, 1023, 9, 8, 0x12));
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(1, 20);
  return Buffer.concat([head, ...records]);
}

const SHEET =
  'version: 1\nname: late\ncaptures: { a: late.pcap }\nexpect:\n  - name: no fault\n    findings: { none: [error] }\n  - name: all answered\n    flow: { src: 10.9.1.5, dst: 10.0.1.6, proto: tcp }\n    answered: true\n';

/** `fault`: the exit code says whether there is one. `written`: a file that must be whole where it is there. */
const COMMANDS = [
  { args: ['diagnose', 'late.pcap'], fault: true },
  { args: ['diagnose', 'late.pcap', '-f', 'json', '-o', 'out.json'], fault: true, written: 'out.json' },
  { args: ['diagnose', 'late.pcap', '-f', 'junit'], fault: true },
  { args: ['verify', '--no-cache', 'late.yaml'], fault: true },
  { args: ['verify', '--no-cache', 'late.yaml', '-f', 'json'], fault: true },
  { args: ['diff', 'short.pcap', 'late.pcap'], fault: true },
  { args: ['flows', 'late.pcap', '-f', 'json'] },
  { args: ['dump', 'late.pcap'] },
  { args: ['dump', 'late.pcap', '-w', 'out.pcapng', '--overwrite'], written: 'out.pcapng' },
  { args: ['info', 'late.pcap'] },
  { args: ['record', 'late.pcap', '-o', 'out.yaml'], written: 'out.yaml' },
  { args: ['export', 'late.pcap', '--parquet', 'out', '--overwrite', '-q'], written: 'out' },
];

function run(cli, cwd, args, afterMs) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd,
      env: { ...process.env, NO_COLOR: '1', TMPDIR: join(cwd, 'tmp') },
    });
    child.stdout.setEncoding('utf8');
    child.stderr.setEncoding('utf8');
    const start = performance.now();
    const said = { out: '', err: '' };
    child.stdout.on('data', (data) => (said.out += data));
    child.stderr.on('data', (data) => (said.err += data));
    let hit = false;
    const timer = afterMs === null ? undefined : setTimeout(() => (hit = child.kill('SIGINT')), afterMs);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, hit, ms: performance.now() - start, ...said });
    });
  });
}

const plain = (text) => text.replaceAll(/\d+(\.\d+)? ?m?s\b|"seconds": [\d.]+/g, '');
const content = (path) => {
  try {
    return readFileSync(path);
  } catch (error) {
    return error.code === 'EISDIR' ? Buffer.from(readdirSync(path, { recursive: true }).sort().join()) : null;
  }
};

/** What is wrong with a run that was interrupted, or null. */
function wrong({ fault, written }, { code, signal, out, err }, whole, file) {
  if (signal !== null && signal !== 'SIGINT') return `ended by ${signal}`;
  if (/internal error|\n {4}at |node:internal/.test(err)) return 'an internal error';
  if (
    written !== undefined &&
    file !== null &&
    !file.equals(whole.file) &&
    (written !== 'out.json' || !file.includes('interrupted'))
  )
    return `${written} looks whole and is not`;
  // While Node.js ends it has given the signal back already; by then all had been said.
  if (signal === 'SIGINT' && plain(out) === plain(whole.out)) return null;
  // Before it had taken over the signal.
  if (signal === 'SIGINT' || code === 130) return out.trim() === '' ? null : 'it was interrupted, and had something to say';
  if (code === 3) return /interrupted/.test(out + err + (file ?? '')) ? null : 'undecided without a word why';
  if (code !== whole.code) return `exit code ${code}, and ${whole.code} of the whole capture`;
  if (fault && plain(out) !== plain(whole.out)) return 'the verdict of the whole capture, and another report';
  return fault || out === whole.out ? null : 'a part of the output that reads as all of it';
}

/** Runs that may end by themselves for each interrupt that is asked for: on a machine that gets faster all at once they are early. */
const MOST_MISSED = 5;

/**
 * `count` interrupts of programs that still ran; what was wrong, a line each; how they ended; and how many runs had ended before their
 * signal came, which count for nothing. The same seed has the same commands, at the same parts of their time.
 */
export async function interrupts(count, { cli, seed = 1, connections, tell = () => {} }) {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-interrupts-'));
  const found = [];
  const ends = {};
  let missed = 0;
  let state = seed >>> 0 || 1;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  try {
    writeFileSync(join(folder, 'late.pcap'), lateFault(connections));
    writeFileSync(join(folder, 'short.pcap'), lateFault(3));
    writeFileSync(join(folder, 'late.yaml'), SHEET);
    mkdirSync(join(folder, 'tmp'));
    const before = readdirSync(folder).sort().join();
    const wholes = new Map();
    /** How long each command takes, by what is known of it so far. */
    const lasts = new Map();
    const clean = (written) => written !== undefined && rmSync(join(folder, written), { recursive: true, force: true });
    for (let n = 0; n < count + missed && missed <= count * MOST_MISSED; n++) {
      const command = COMMANDS[Math.floor(random() * COMMANDS.length)];
      // Half of them in the last quarter of the run: to start takes most of it.
      const at = Math.sqrt(random());
      const { args, written } = command;
      if (!wholes.has(command)) {
        const one = await run(cli, folder, args, null);
        wholes.set(command, { ...one, file: written === undefined ? null : content(join(folder, written)) });
        lasts.set(command, one.ms);
        clean(written);
      }
      const whole = wholes.get(command);
      const afterMs = at * lasts.get(command);
      const one = await run(cli, folder, args, afterMs);
      // Other programs come and go beside it.
      if (!one.hit) lasts.set(command, (lasts.get(command) + one.ms) / 2);
      else if (at > 0.9) lasts.set(command, lasts.get(command) * 1.05);
      const file = written === undefined ? null : content(join(folder, written));
      clean(written);
      if (one.hit) ends[one.signal ?? one.code] = (ends[one.signal ?? one.code] ?? 0) + 1;
      else missed++;
      const left = readdirSync(folder).sort().join() === before && readdirSync(join(folder, 'tmp')).length === 0;
      const why = wrong(command, one, whole, file) ?? (left || one.signal !== null ? null : 'temporary files were left behind');
      if (why !== null) found.push(`${args.join(' ')} after ${Math.round(afterMs)} ms: ${why} (exit ${one.code ?? one.signal})`);
      if (why !== null) tell(found.at(-1));
      for (const name of readdirSync(folder))
        if (!before.split(',').includes(name)) rmSync(join(folder, name), { recursive: true, force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { found, ends, missed };
}
