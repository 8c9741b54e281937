// A sweep and a flood mixed into captures hide nothing of them: `node scripts/mix-floods.mjs FOLDER...`. Each capture below the folders is
// diagnosed as it is, then with questions for many addresses and many answered connections all through it. What was not green must not become
// green, and where nothing had to be given up each rule that found a fault must still say so.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ETHERNET = 1;
const SLL2 = 276;

/** What fits into all tables; and what does not, with as few conversations as can be set. */
export const SMALL = { addresses: 2000, connections: 400 };
export const LARGE = { addresses: 70_000, connections: 2000 };
export const LARGE_ENV = { HOPSCOPE_CONVERSATIONS: '1000' };

const be16 = (n) => [(n >> 8) & 255, n & 255];
const be32 = (n) => [...be16(n >>> 16), ...be16(n)];

// Networks for tests of devices (RFC 2544 section C.2.2).
const SWEEPER = [198, 18, 0, 1];
const CLIENT = [198, 18, 1, 5];
const SERVER = [198, 19, 2, 6];
const FROM = [2, 0, 0, 0, 0x5a, 1];
const TO = [2, 0, 0, 0, 0x5a, 2];

/** `type`: of SLL2: 0 to the host, 1 broadcast, 4 sent by it. */
function frame(link, index, etherType, type, from, to, body) {
  if (link === ETHERNET) return Uint8Array.from([...to, ...from, ...be16(etherType), ...body]);
  return Uint8Array.from([...be16(etherType), 0, 0, ...be32(index), 0, 1, type, 6, ...from, 0, 0, ...body]);
}

function question(link, index, i) {
  const target = be32(0xc612_0100 + i);
  const arp = [0, 1, 8, 0, 6, 4, 0, 1, ...FROM, ...SWEEPER, 0, 0, 0, 0, 0, 0, ...target];
  return frame(link, index, 0x0806, 1, FROM, [255, 255, 255, 255, 255, 255], arp);
}

function connection(link, index, i) {
  const port = 1024 + (i % 60_000);
  return [
    [CLIENT, SERVER, port, 80, 7, 0, 2],
    [SERVER, CLIENT, 80, port, 9, 8, 0x12],
    [CLIENT, SERVER, port, 80, 8, 10, 0x10],
  ].map(([src, dst, srcPort, dstPort, seq, ack, flags], n) => {
    const tcp = [...be16(srcPort), ...be16(dstPort), ...be32(seq), ...be32(ack), 0x50, flags, 0x40, 0, 0, 0, 0, 0];
    const ip = [0x45, 0, 0, 40, ...be16((i & 0x3fff) * 3 + n + 1), 0, 0, 64, 6, 0, 0, ...src, ...dst, ...tcp];
    return frame(link, index, 0x0800, n === 1 ? 4 : 0, n === 1 ? TO : FROM, n === 1 ? FROM : TO, ip);
  });
}

/** Times in the unit of the file, records with their heads. */
function recordsOf(file) {
  const magic = file.readUInt32LE(0);
  if (magic !== 0xa1b2c3d4 && magic !== 0xa1b23c4d) return null;
  const perSecond = magic === 0xa1b2c3d4 ? 1e6 : 1e9;
  const records = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const end = at + 16 + file.readUInt32LE(at + 8);
    if (end > file.length) break;
    records.push({ time: file.readUInt32LE(at) * perSecond + file.readUInt32LE(at + 4), bytes: file.subarray(at, end) });
    at = end;
  }
  return { perSecond, link: file.readUInt32LE(20) & 0xffff, records };
}

/** The pcap with a sweep and a flood from its first frame to its last; null where it is none, or of another link type. */
export function mixed(file, { addresses, connections }) {
  const parts = file.length < 40 ? null : recordsOf(file);
  if (parts === null || parts.records.length === 0 || (parts.link !== ETHERNET && parts.link !== SLL2)) return null;
  const { perSecond, link, records } = parts;
  const times = records.map(({ time }) => time);
  const first = times.reduce((a, b) => Math.min(a, b));
  const span = times.reduce((a, b) => Math.max(a, b)) - first;
  const index = link === SLL2 ? records[0].bytes.readUInt32BE(16 + 4) : 0;
  const added = [];
  const add = (part, bytes) => {
    const time = first + Math.floor(span * part);
    const head = Buffer.alloc(16);
    head.writeUInt32LE(Math.floor(time / perSecond), 0);
    head.writeUInt32LE(time % perSecond, 4);
    head.writeUInt32LE(bytes.length, 8);
    head.writeUInt32LE(bytes.length, 12);
    added.push({ time, bytes: Buffer.concat([head, bytes]) });
  };
  for (let i = 0; i < addresses; i++) add(i / addresses, question(link, index, i));
  for (let i = 0; i < connections; i++) for (const bytes of connection(link, index, i)) add(i / connections, bytes);
  // The order of what a capture holds may be another one than that of its times, and stays: what is added comes between.
  added.sort((a, b) => a.time - b.time);
  const all = [];
  let next = 0;
  for (const record of records) {
    while (next < added.length && added[next].time <= record.time) all.push(added[next++].bytes);
    all.push(record.bytes);
  }
  return Buffer.concat([file.subarray(0, 24), ...all, ...added.slice(next).map(({ bytes }) => bytes)]);
}

const ROOT = resolve(fileURLToPath(import.meta.url), '../..');

function diagnosed(cli, path, env) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'diagnose', path, '-f', 'json', '-q'], {
    encoding: 'utf8',
    maxBuffer: 1 << 29,
    env: { ...process.env, ...env },
  });
  if (status === null || stdout === '') throw new Error(`${path}: ${stderr || 'it was ended'}`);
  const { findings } = JSON.parse(stdout);
  return {
    status,
    rules: new Set(findings.map(({ rule }) => rule)),
    failed: findings.filter(({ verdict }) => verdict === 'fail'),
  };
}

/** What becomes of one capture: a word why it was left out, or what is wrong, or null. */
export function compare(path, { cli, amount, env, keep }) {
  const file = mixed(readFileSync(path), amount);
  if (file === null) return { left: 'no pcap of Ethernet or SLL2 with packets' };
  const plain = diagnosed(cli, path, {});
  if (plain.status === 0) return { left: 'green by itself' };
  const to = join(keep, basename(path));
  writeFileSync(to, file);
  const { status, rules } = diagnosed(cli, to, env);
  if (status === 0) return { wrong: `exit code ${plain.status}, and 0 with a sweep and a flood` };
  const lost = [...new Set(plain.failed.map(({ rule }) => rule))].filter((rule) => !rules.has(rule));
  return { wrong: lost.length > 0 && !rules.has('run-incomplete') ? `no word any more of ${lost.join(', ')}` : null };
}

const below = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name))
    : [path];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      large: { type: 'boolean', default: false },
      share: { type: 'string', default: '1' },
      keep: { type: 'string' },
      cli: { type: 'string', default: join(ROOT, 'dist/cli.js') },
    },
  });
  const keep = values.keep ?? mkdtempSync(join(tmpdir(), 'hopscope-mixed-'));
  mkdirSync(keep, { recursive: true });
  const left = {};
  let [wrong, judged] = [0, 0];
  try {
    const files = positionals.flatMap(below).filter((path) => path.endsWith('.pcap'));
    for (const path of files.sort().filter((_, i) => i % Number(values.share) === 0)) {
      const one = compare(path, {
        cli: values.cli,
        keep,
        amount: values.large ? LARGE : SMALL,
        env: values.large ? LARGE_ENV : {},
      });
      if (one.left !== undefined) left[one.left] = (left[one.left] ?? 0) + 1;
      else judged++;
      if (values.keep === undefined) rmSync(join(keep, basename(path)), { force: true });
      if (!one.wrong) continue;
      wrong++;
      console.log(`${path}: ${one.wrong}`);
    }
  } finally {
    if (values.keep === undefined) rmSync(keep, { recursive: true, force: true });
  }
  for (const [why, count] of Object.entries(left)) console.log(`${count} left out: ${why}`);
  console.log(`${judged} captures that are not green, ${wrong} of them hidden by a sweep and a flood`);
  process.exitCode = wrong > 0 || judged === 0 ? 1 : 0;
}
