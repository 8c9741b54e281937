// What reports for people say in sentences, whatever they are written in.
import { safeText } from '../bytes/text.js';
import { duration, grouped, quantity } from '../bytes/units.js';
import type { Evidence, Finding, FindingPhase } from '../rules/finding.js';
import { type Cause, nanoseconds } from './causes.js';
import type { Run } from './run.js';

// One column each in every terminal, and readable without colour.
export const SIGNS = { error: '✗', warning: '!', info: 'i', open: '?', pass: '✓' } as const;
export type Sign = keyof typeof SIGNS;

/** What kind of sign a cause has. */
export const signOf = ({ finding, kind }: Pick<Cause, 'finding' | 'kind'>): Sign =>
  kind === 'open' ? 'open' : kind === 'pass' ? 'pass' : finding.severity;

/** `error`, `undecided`, ... */
export const wordOf = (cause: Pick<Cause, 'finding' | 'kind'>): string => (cause.kind === 'open' ? 'undecided' : signOf(cause));

/** One line for each rule among the symptoms; with `all` one for each of them. */
export function symptomsOf(
  symptoms: readonly Finding[],
  all: boolean,
): readonly { readonly sign: Sign; readonly rule: string; readonly text: string; readonly first: Finding }[] {
  const byRule = new Map<string, Finding[]>();
  for (const symptom of symptoms) {
    const key = all ? symptom.id : symptom.rule;
    byRule.set(key, [...(byRule.get(key) ?? []), symptom]);
  }
  return [...byRule.values()].map((alike) => {
    const first = alike[0]!;
    const times = alike.reduce((sum, one) => sum + one.count, 0);
    const more = alike.length > 1 ? ` (and ${alike.length - 1} more like it)` : '';
    const sign = first.verdict === 'inconclusive' ? 'open' : first.severity;
    return { sign, rule: safeText(first.rule), text: `×${times}: ${safeText(first.title)}${more}`, first };
  });
}

/** `answered ×20 from 12:00:00.000 to 12:00:19.000, lost ×10 from 12:00:20.000 to 12:00:29.000`. */
export function phasesText(phases: readonly FindingPhase[]): string {
  const clock = (time: string): string => time.slice(11, 23);
  return phases.map(({ outcome, count, from, to }) => `${outcome} ×${count} from ${clock(from)} to ${clock(to)}`).join(', ');
}

/** Where a cause comes from that is not sure. */
export function inference(run: Run): string {
  if (run.topology !== undefined) return 'inferred from the topology';
  if (run.captures.length === 0) return 'it rests on what the texts tell';
  const isKnown = run.captures.some(({ interfaces }) => interfaces.some(({ nameFrom }) => nameFrom === 'topology'));
  return isKnown ? 'inferred from what was captured' : 'inferred from what was captured; a topology (-t) can make it sure';
}

/** What is wrong with the captures themselves, and no finding says. */
export function troublesOf(run: Run): { readonly sign: 'error' | 'warning'; readonly text: string }[] {
  const said = new Set(run.findings.map(({ rule }) => rule));
  const found: { sign: 'error' | 'warning'; text: string }[] = [];
  for (const capture of run.captures) {
    const name = safeText(capture.point);
    if (capture.error !== null && capture.frames === 0) found.push({ sign: 'error', text: safeText(capture.error) });
    else if (capture.error !== null)
      found.push({ sign: 'error', text: `${name}: reading stopped early: ${safeText(capture.error)}` });
    if (capture.dropped !== null && capture.dropped > 0 && !said.has('capture-dropped'))
      found.push({ sign: 'warning', text: `${name}: ${quantity(capture.dropped, 'frame')} lost while capturing` });
    if (capture.clipped > 0 && !said.has('capture-clipped'))
      found.push({ sign: 'warning', text: `${name}: ${quantity(capture.clipped, 'frame')} cut by the snapshot length` });
  }
  return found;
}

/** How to capture so that what is open can be decided. */
export function advice(run: Run, open: readonly Cause[]): string[] {
  const steps = open.map(({ finding }) => finding.hint).filter(Boolean);
  const said = new Set(run.findings.map(({ rule }) => rule));
  if (run.captures.some((capture) => (capture.dropped ?? 0) > 0) && !said.has('capture-dropped'))
    steps.push('Lose no frames: tcpdump -B 16384, and -w to a fast disk.');
  if (run.captures.some((capture) => capture.clipped > 0) && !said.has('capture-clipped'))
    steps.push('Keep whole frames: tcpdump -s 0.');
  return [...new Set(steps)];
}

/** Day and zone of the times that the frames are shown with; '' without frames. */
export function since(run: Run): string {
  const times = run.captures.flatMap((capture) => capture.first ?? []).sort();
  // Those of texts without dates say no day, where another capture does.
  const first = times.find((time) => time > '1980') ?? times[0];
  return first === undefined ? '' : ` from ${first.slice(0, 10)} ${first.slice(11, 19)} UTC`;
}

/** `412 questions: 398 answered, 12 explained above, 2 undecided`; null where nothing wants an answer. */
export function ledgerText({ ledger }: Run): string | null {
  if (ledger === undefined || (ledger.questions === 0 && ledger.forgotten === undefined)) return null;
  const { questions, answered, refused, explained, undecided, notDue, forgotten = [] } = ledger;
  const parts = [
    [answered, 'answered'],
    [refused, 'refused'],
    [explained, 'explained above'],
    [undecided, 'undecided'],
    [notDue, 'whose answer was not due here'],
  ] as const;
  const shown = parts.flatMap(([count, what]) => (count === 0 ? [] : [`${grouped(count)} ${what}`]));
  for (const { what, count } of forgotten) shown.push(`${grouped(count)} ${what} forgotten`);
  return `${quantity(questions, 'question')}: ${shown.join(', ')}`;
}

/** What is odd about the texts of other tools, and how their clocks run. */
export function witnessesSay({ witnesses = [], captures }: Run): string[] {
  return witnesses.flatMap(({ file, unread, clockAheadMs, flows, joined }) => {
    const parts: string[] = [];
    // What else is in a paste of packets is read as that.
    const isCapture = captures.some((capture) => capture.file === file || capture.file.startsWith(`${file}#`));
    if (unread > 0 && !isCapture)
      parts.push(`${quantity(unread, 'line')} not understood (hopscope info shows ${unread === 1 ? 'it' : 'some'})`);
    if (clockAheadMs !== null && clockAheadMs !== 0)
      parts.push(
        `its clock is ${duration(Math.abs(clockAheadMs) * 1e6)} ${clockAheadMs > 0 ? 'ahead of' : 'behind'} that of the captures`,
      );
    if (captures.length > 0 && flows > 0)
      parts.push(`${joined} of ${quantity(flows, 'flow')} ${joined === 1 ? 'is' : 'are'} in the captures`);
    return parts.length > 0 ? [`${safeText(file)}: ${parts.join('; ')}`] : [];
  });
}

/** `1 fault with 3 symptoms, 2 undecided`; what was found, part by part. */
export function resultOf(run: Run, all: readonly Cause[]): string[] {
  const of = (kind: Cause['kind']) => all.filter((cause) => cause.kind === kind);
  const [faults, open] = [of('fault'), of('open')];
  const symptoms = faults.reduce((sum, cause) => sum + cause.symptoms.length, 0);
  const parts: string[] = [];
  if (faults.length > 0)
    parts.push(quantity(faults.length, 'fault') + (symptoms > 0 ? ` with ${quantity(symptoms, 'symptom')}` : ''));
  if (open.length > 0) parts.push(`${open.length} undecided`);
  // Where questions are counted, the number of rules without a word says little.
  if (run.ledger === undefined && run.summary.pass > 0) parts.push(`${quantity(run.summary.pass, 'check')} passed`);
  return parts;
}

/**
 * The frames of one example packet. Evidence lists the same fault over and over: once a point says again what it has
 * said before, the next packet begins.
 */
export function firstJourney(evidence: readonly Evidence[]): readonly Evidence[] {
  const seen = new Set<string>();
  const end = evidence.findIndex((e) => seen.size === seen.add(`${e.point}\n${e.note}`).size);
  return end === -1 ? evidence : evidence.slice(0, end);
}

/** Frames of a finding, each once; of several notes on one frame the first. */
export const framesOf = ({ evidence }: Finding): readonly Evidence[] =>
  evidence.filter((e, i, list) => list.findIndex((o) => o.frame === e.frame && o.point === e.point) === i);

/** When each frame was seen: the first by the clock, the others after it, where that means something. */
export function timesOf(shown: readonly Evidence[]): string[] {
  const started = nanoseconds(shown[0]?.time ?? null);
  return shown.map((e, i) => {
    const at = nanoseconds(e.time);
    const since = i === 0 || at === null || started === null ? null : at - started;
    // Times are those of the files: between two points whose clocks are apart a difference means nothing.
    const isApart = since !== null && e.point !== shown[0]!.point && (since < 0n || since > 1_000_000_000n);
    return since === null || isApart ? e.time.slice(11, 26) : `${since < 0n ? '' : '+'}${duration(Number(since))}`;
  });
}
