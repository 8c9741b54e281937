// A report speaks of causes: one finding with the symptoms that are folded under it.
import { duration, grouped, quantity } from '../bytes/units.js';
import type { Finding } from '../rules/finding.js';
import type { ReportCapture, Run } from './run.js';

/** `fault`: a rule failed; `open`: could not be decided; `info`: worth knowing, nothing is wrong; `pass`: held. */
export type Kind = 'fault' | 'open' | 'info' | 'pass';

export interface Cause {
  readonly finding: Finding;
  readonly kind: Kind;
  /** Findings that this one explains, directly or through another symptom, in the order of the run. */
  readonly symptoms: readonly Finding[];
}

export function kindOf(finding: Finding): Kind {
  if (finding.verdict === 'pass') return 'pass';
  if (finding.verdict === 'inconclusive') return 'open';
  return finding.severity === 'info' ? 'info' : 'fault';
}

/** The causes of a run in its order. A finding folded under one that is not listed stands for itself. */
export function causes(run: Run): Cause[] {
  const byId = new Map(run.findings.map((finding) => [finding.id, finding]));
  const rootOf = (finding: Finding): Finding => {
    let root = finding;
    const seen = new Set([finding.id]);
    for (;;) {
      const above = root.foldedUnder === null ? undefined : byId.get(root.foldedUnder);
      if (above === undefined) return root;
      // Folded in a circle, none of them would be shown.
      if (seen.has(above.id)) return finding;
      seen.add(above.id);
      root = above;
    }
  };
  const symptoms = new Map<Finding, Finding[]>();
  for (const finding of run.findings) {
    const root = rootOf(finding);
    const list = symptoms.get(root);
    if (list === undefined) symptoms.set(root, root === finding ? [] : [finding]);
    else if (root !== finding) list.push(finding);
  }
  return run.findings
    .filter((finding) => rootOf(finding) === finding)
    .map((finding) => ({ finding, kind: kindOf(finding), symptoms: symptoms.get(finding) ?? [] }));
}

/** The capture that an evidence points into. */
export function captureAt(run: Run, point: string): ReportCapture | undefined {
  return run.captures.find((capture) => capture.point === point);
}

/** Where the expectation of a finding is written; null for the finding of a rule. */
export function placeOf(
  run: Run,
  finding: Finding,
): { readonly file: string; readonly line: number; readonly column: number } | null {
  for (const suite of run.suites ?? [])
    for (const one of suite.expectations)
      if (one.finding === finding.id) return { file: suite.file, line: one.line, column: one.column };
  return null;
}

/** Nanoseconds since 1970 of an RFC 3339 time in UTC; null where it is not one. */
export function nanoseconds(time: string | null): bigint | null {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(time ?? '');
  if (parts === null) return null;
  const ms = Date.parse(`${parts[1]}Z`);
  return Number.isNaN(ms) ? null : BigInt(ms) * 1_000_000n + BigInt((parts[2] ?? '').padEnd(9, '0'));
}

const TEN_YEARS = 315_360_000_000_000_000n;

/** Time from the first frame of all captures to the last one, in nanoseconds; null without frames. */
export function lengthOf(run: Run): bigint | null {
  const all = run.captures.flatMap((c) => [nanoseconds(c.first), nanoseconds(c.last)]).filter((t) => t !== null);
  // Texts without dates count from 1970: beside captures with dates they are of the same day.
  const dated = all.filter((time) => time > TEN_YEARS);
  const times = dated.length > 0 ? dated : all;
  if (times.length === 0) return null;
  let first = times[0]!;
  let last = first;
  for (const time of times) {
    if (time < first) first = time;
    if (time > last) last = time;
  }
  return last - first;
}

/** `172.20.0.96:4242 → 172.20.2.1:80 tcp`, as far as it is known; '' when nothing is. */
export function flowOf(finding: Finding): string {
  const { src, dst, srcPort, dstPort, proto, target } = finding.subject;
  const end = (address: string | null, port: number | null) => {
    if (address === null) return '';
    const word = finding.names?.find((one) => one.address === address)?.word;
    if (word !== undefined) return port === null ? word : `${word}:${port}`;
    if (port === null) return address;
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  };
  const [from, to] = [end(src, srcPort), end(dst ?? target, dstPort)];
  const ends = from !== '' && to !== '' ? `${from} → ${to}` : from || to;
  return [ends, proto].filter(Boolean).join(' ');
}

/** `conversation 12`, as `follow` takes it, where all frames of the evidence belong to one; '' where they do not. */
export function conversationOf({ evidence }: Finding): string {
  const [first, ...others] = new Set(evidence.map(({ conversation }) => conversation));
  return first == null || others.length > 0 ? '' : `conversation ${first}`;
}

/** What was looked at: `2 captures, 160 frames, 12.3 s`, or `5 nodes, 40 routes, 120 paths`. */
export function extentOf(run: Run): string {
  const { topology, witnesses = [] } = run;
  if (topology !== undefined)
    return [
      quantity(topology.nodes, 'node'),
      quantity(topology.routes, 'route'),
      `${quantity(topology.paths.walked, 'path')}${topology.paths.undecided > 0 ? ` (${grouped(topology.paths.undecided)} undecided)` : ''}`,
    ].join(', ');
  const time = lengthOf(run);
  const frames = run.captures.reduce((sum, capture) => sum + capture.frames, 0);
  const lines = witnesses.reduce((sum, { used }) => sum + used, 0);
  return [
    ...(run.captures.length > 0 || witnesses.length === 0
      ? [quantity(run.captures.length, 'capture'), quantity(frames, 'frame')]
      : []),
    ...(witnesses.length > 0 ? [`${quantity(witnesses.length, 'text')} of other tools (${quantity(lines, 'line')})`] : []),
    ...(time === null ? [] : [duration(Number(time))]),
  ].join(', ');
}

/** True when everything was read, everything was decided, and no rule found a fault. */
export function isClean(run: Run): boolean {
  if (run.topology !== undefined && run.topology.nodes === 0) return false;
  const isAny =
    run.topology !== undefined ||
    run.captures.some((capture) => capture.frames > 0) ||
    (run.captures.length === 0 && run.witnesses !== undefined);
  const read = run.captures.every((capture) => capture.error === null) && isAny;
  return read && run.findings.every((finding) => kindOf(finding) === 'info' || kindOf(finding) === 'pass');
}
