import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { analyze } from '../../src/main/analyze.js';
import { FileRun } from '../../src/main/file-run.js';
import type { AnalyzeOptions } from '../../src/main/options.js';
import type { Run } from '../../src/report/run.js';
import { saysText } from '../../src/witnesses/says.js';
import { type Group, Testimony } from '../../src/witnesses/testimony.js';
import { captureFile, type TestFrame } from '../rules/lab.js';

/** A text, read. */
export function told(text: string, nearMs = Date.UTC(2026, 10, 30)): { info: Testimony['info']; groups: readonly Group[] } {
  const testimony = new Testimony(nearMs);
  for (const line of text.split('\n')) testimony.line(line);
  testimony.end();
  return { info: testimony.info, groups: testimony.all };
}

/** `to-overlay k8s-w0 | 10.0.0.1:1 > 10.0.0.2:80 tcp`, the line before it. */
export const rows = (text: string): string[] =>
  told(text).groups.map(({ event, place, count }) => {
    const end = ({ address, name, port }: typeof event.src): string => `${address || name || '-'}${port === 0 ? '' : `:${port}`}`;
    const reply = event.isReply === null ? '' : event.isReply ? ' reply' : ' request';
    return `${place.line}${count > 1 ? ` x${count}` : ''} ${saysText(event)} | ${end(event.src)} > ${end(event.dst)} ${event.proto}${reply}${event.asks ? ' asks' : ''}`;
  });

const folder = mkdtempSync(join(tmpdir(), 'witness-'));
let files = 0;

/** A file with this text; its name ends the same in each run. */
export function file(text: string | Uint8Array, name = 'text.txt'): string {
  const path = join(folder, `${files++}-${name}`);
  writeFileSync(path, text);
  return path;
}

const options = (files: AnalyzeOptions['files']): AnalyzeOptions => ({
  files,
  topology: [],
  ifmap: null,
  decodeAs: [],
  filter: null,
  at: null,
  rules: { only: [], except: [], settings: [] },
});

/** Paths (`NODE=PATH` says where it was taken), texts, and frames. */
export const diagnose = (...inputs: (string | readonly TestFrame[])[]): Promise<Run> => analyze(options(inputs.map(inputOf)));

/** The same until somebody ends it. */
export const diagnoseUntil = (signal: AbortSignal, ...inputs: (string | readonly TestFrame[])[]): Promise<Run> =>
  analyze({ ...options(inputs.map(inputOf)), signal });

function inputOf(one: string | readonly TestFrame[]): AnalyzeOptions['files'][number] {
  if (typeof one !== 'string') return { point: null, path: file(captureFile(one), 'router.pcap') };
  const named = /^([\w-]+)=(\/.+)$/.exec(one);
  if (named !== null) return { point: named[1], path: named[2] };
  return { point: null, path: existsSync(one) ? one : file(one) };
}

/** `fail policy-denied: A policy denies ...`, folded ones behind a `>`. */
export const said = (run: Run): string[] =>
  run.findings.map((f) => `${f.foldedUnder === null ? '' : '> '}${f.verdict} ${f.rule}: ${f.title}`);

const samples = resolve(
  process.env['HOPSCOPE_CORPUS'] ?? resolve(import.meta.dirname, '../../../shared/corpus'),
  '../text-samples',
);
export const haveSamples = existsSync(samples);
if (!haveSamples) console.log(`sample texts are left out: no ${samples} (set HOPSCOPE_CORPUS to the folder beside it)`);
export const sample = (name: string): string => readFileSync(join(samples, name), 'utf8');
export const samplePath = (name: string): string => join(samples, name);

/** A connection or ping of a capture, for texts that tell of the same. */
export interface Seen {
  readonly src: string;
  readonly dst: string;
  readonly sport: number;
  readonly dport: number;
  readonly proto: 'tcp' | 'udp' | 'icmp';
  /** When it began, in milliseconds since 1970. */
  readonly ms: number;
  readonly sent: number;
  readonly isAnswered: boolean;
}

const PROTOS: Readonly<Record<number, Seen['proto']>> = { 1: 'icmp', 6: 'tcp', 17: 'udp' };

export async function conversationsOf(path: string): Promise<Seen[]> {
  const run = await FileRun.open(options([{ point: null, path }]));
  await run.read();
  return run
    .facts(true)
    .conversations()
    .flatMap(({ initiator, responder, initiatorPort, responderPort, proto, request, reply, isEcho }) => {
      const name = PROTOS[proto];
      if (name === undefined || request.packets === 0 || initiator.family === 6) return [];
      const ports = isEcho ? [0, 0] : [initiatorPort, responderPort];
      const ms = run.baseSeconds * 1000 + request.firstNs / 1e6;
      const [src, dst, isAnswered] = [String(initiator), String(responder), reply.packets > 0];
      return [{ src, dst, sport: ports[0], dport: ports[1], proto: name, ms, sent: request.packets, isAnswered }];
    });
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 29 14:09:53.307` */
export function stamp(ms: number): string {
  const d = new Date(ms);
  return `${MONTHS[d.getUTCMonth()]} ${String(d.getUTCDate()).padStart(2)} ${d.toISOString().slice(11, 23)}`;
}

const SUMMARY = {
  tcp: ['TCP Flags: SYN', 'TCP Flags: SYN, ACK'],
  udp: ['UDP', 'UDP'],
  icmp: ['ICMPv4 EchoRequest', 'ICMPv4 EchoReply'],
} as const;

/** A line of `hubble observe`: the question of a conversation, or its answer. */
export function hubbleLine(
  c: Seen,
  told: { at?: number; node: string; what: string; reply?: boolean; aheadMs?: number },
): string {
  const end = (ip: string, port: number): string => `${ip}${port === 0 ? '' : `:${port}`} (ID:4711)`;
  const { at = 0, node, what, reply = false, aheadMs = 0 } = told;
  const arrow = what.endsWith('DROPPED') ? '<>' : reply ? '<-' : '->';
  return `${stamp(c.ms + at + aheadMs)} [${node}]: ${end(c.src, c.sport)} ${arrow} ${end(c.dst, c.dport)} ${what} (${SUMMARY[c.proto][reply ? 1 : 0]})`;
}

const labs = resolve(process.env['HOPSCOPE_CORPUS'] ?? resolve(import.meta.dirname, '../../../shared/corpus'), '../lab-captures');
export const haveLabs = existsSync(labs);
if (!haveLabs) console.log(`labs with texts are left out: no ${labs} (set HOPSCOPE_CORPUS to the folder beside it)`);
export const lab = (name: string): string => join(labs, name);
