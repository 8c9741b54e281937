// The report as one HTML file: it opens from a disk, fetches nothing, and is readable where scripts are off. What is wrong comes first, in the
// words of the text report; then map, findings with pictures and frames, what was checked, and the captures.
import { sha256 } from '#host';
import { duration, grouped, quantity } from '../../bytes/units.js';
import { type Cause, causes, extentOf, isClean, nanoseconds } from '../causes.js';
import type { ReportOptions } from '../formats.js';
import type { ReportCapture, Run } from '../run.js';
import { advice, ledgerText, resultOf, signOf, since, troublesOf, witnessesSay, wordOf } from '../words.js';
import { type About, anchor, article, MOST_FRAMES, shownEvidence, sign } from './finding.js';
import { html, Markup, type Part } from './markup.js';
import { overview } from './pictures.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';
import { failures, matrix, shownOfSuites, suitesResult } from './suites.js';

/** Findings that are open at once; the rest opens when it is asked for. */
const OPEN = 8;
/** Frames whose tree and bytes are in a report. */
const MOST_SHOWN = 48;
/** From so many findings on there is a box to look for words. */
const MANY = 6;

export async function htmlReport(run: Run, _options: ReportOptions): Promise<string> {
  const content = await reportContent(run);
  return htmlPage(content.title, content.markup, SCRIPT);
}

/** How a file differs from a report. */
interface PageOptions {
  readonly style?: string;
  readonly bodyClass?: string;
  /** More rules of its policy. */
  readonly policy?: string;
}

export { STYLE as REPORT_STYLE };

/** A whole file around `body`. Its policy allows this style and this script, and nothing else. */
export function htmlPage(
  title: string,
  body: Markup,
  script: string,
  { style = STYLE, bodyClass = 'report', policy = '' }: PageOptions = {},
): string {
  const rules = `default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'; img-src data:; base-uri 'none'; form-action 'none'${policy}`;
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(rules)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body class="${bodyClass}">
${body}
<script>${new Markup(script)}</script>
</body>
</html>`.text
  }\n`;
}

/** As policies name a script or a style (CSP level 3, section 2.3.1). */
function hashOf(text: string): string {
  const bytes = sha256(text).replace(/../g, (byte) => String.fromCharCode(Number.parseInt(byte, 16)));
  return `sha256-${btoa(bytes)}`;
}

export async function reportContent(run: Run): Promise<{ readonly title: string; readonly markup: Markup }> {
  const all = causes(run);
  const of = (kind: Cause['kind']) => all.filter((cause) => cause.kind === kind);
  const [faults, open, info] = [of('fault'), of('open'), of('info')];
  const inFull = run.suites === undefined ? [...faults, ...open] : shownOfSuites(run, all);
  // The first frame of each finding comes before the second one of any.
  const lists = [...inFull, ...info].map(({ finding }) => shownEvidence(finding));
  const wanted = Array.from({ length: MOST_FRAMES }, (_, i) => lists.flatMap((list) => list[i] ?? []))
    .flat()
    .slice(0, MOST_SHOWN);
  const frames = (await run.details?.frames(wanted)) ?? new Map();
  const about: About = { run, frames, told: new Map(), pages: new Map() };
  const isSuites = run.suites !== undefined;
  const result = isSuites ? suitesResult(run) : headline(run, all);
  const entries = isSuites ? [] : [...faults, ...open];
  const markup = html`<div class="sheet">
<header>
<p class="brand"><b>hopscope</b><span>${extentOf(run)}${since(run)}</span></p>
<h1>${result}</h1>
${run.topology !== undefined && html`<p class="meta">Topology: ${run.topology.files.join(', ')}</p>`}
${troublesOf(run).map(({ sign: how, text }) => html`<p class="trouble">${sign(how)} ${text}</p>\n`)}
${entries.length > 1 && contents(entries)}
</header>
<main>
${isSuites && matrix(run)}
${overview(run, faults)}
${(isSuites ? inFull : entries).length >= MANY && search()}
${
  isSuites
    ? failures(about, all)
    : html`${entries.length > 0 && html`<section${entries.length === 1 && html` class="single"`} aria-label="Findings"><h2 id="found">${faults.length > 0 ? 'What is wrong' : 'What is undecided'}</h2>\n${entries.map((cause, i) => article(cause, about, i < OPEN))}</section>\n`}`
}
${info.length > 0 && !isSuites && html`<section aria-labelledby="info"><h2 id="info">For information</h2>\n${info.map((cause) => article(cause, about, false))}</section>\n`}
${open.length > 0 && deciding(run, open)}
${ledger(run)}
${captures(run)}
</main>
<footer>Made by hopscope ${run.tool.version}. ${
    frames.size > 0 ? 'This file holds the bytes of the frames that it shows.' : 'This file holds no bytes of packets.'
  }</footer>
<p id="said" class="visually-hidden" role="status"></p>
</div>`;
  return { title: `hopscope: ${result}`, markup };
}

function headline(run: Run, all: readonly Cause[]): string {
  if (isClean(run)) return 'Nothing wrong found';
  const frames = run.captures.reduce((sum, capture) => sum + capture.frames, 0);
  if (frames === 0 && run.captures.length > 0 && all.length === 0) return 'No frames, so nothing could be checked';
  const found = resultOf(run, all).join(', ') || 'no fault in what could be read';
  return found.charAt(0).toUpperCase() + found.slice(1);
}

function contents(entries: readonly Cause[]): Markup {
  return html`<nav aria-label="Findings"><ol class="toc">${entries.map(
    (cause) =>
      html`<li>${sign(signOf(cause))}<a href="#${anchor(cause.finding)}"><span class="visually-hidden">${wordOf(cause)}: </span>${cause.finding.title}</a><span class="count">\u00d7${cause.finding.count}</span></li>\n`,
  )}</ol></nav>`;
}

const search = (): Markup =>
  html`<p class="find noprint" hidden><label for="words">Find</label><input id="words" type="search" autocomplete="off" spellcheck="false" placeholder="address, rule, node"><button type="button" data-all="open">Open all</button></p>\n`;

function deciding(run: Run, open: readonly Cause[]): Markup | null {
  const steps = advice(run, open);
  if (steps.length === 0) return null;
  return html`<section aria-labelledby="decide"><h2 id="decide">To decide what is open</h2>\n<ul class="plain">${steps.map((step) => html`<li>${step}</li>\n`)}</ul></section>\n`;
}

const KINDS: Readonly<Record<string, string>> = {
  connection: 'connections (TCP SYN)',
  data: 'data of TCP connections',
  echo: 'pings (ICMP echo)',
  dns: 'names (DNS)',
  service: 'questions to UDP services',
  dhcp: 'leases (DHCP)',
  arp: 'neighbours (ARP)',
  nd: 'neighbours (IPv6 ND)',
  session: 'sessions of routing protocols',
};

/** What was checked: every question of the captures, by what became of it. */
function ledger(run: Run): Markup | null {
  const text = ledgerText(run);
  const { ledger: counted } = run;
  if (text === null || counted === undefined) return null;
  const totals: readonly [number, string][] = [
    [counted.questions, counted.questions === 1 ? 'question' : 'questions'],
    [counted.answered, 'answered'],
    [counted.refused, 'refused'],
    [counted.explained, 'explained above'],
    [counted.undecided, 'undecided'],
    [counted.notDue, 'answer not due here'],
  ];
  const rows = Object.entries(counted.kinds).flatMap(([kind, tally]) => {
    const left = tally.lost + tally.repeated + tally.open;
    const counts = [tally.answered, tally.refused, left, tally.notDue + tally.hidden];
    if (counts.every((n) => n === 0)) return [];
    return [
      html`<tr><td>${KINDS[kind] ?? kind}</td>${counts.map((n) => html`<td class="n">${n === 0 ? html`<span class="dim">0</span>` : grouped(n)}</td>`)}</tr>\n`,
    ];
  });
  return html`<section aria-labelledby="checked"><h2 id="checked">What was checked</h2>
<ul class="ledger">${totals.filter(([n], i) => i === 0 || n > 0).map(([n, what]) => html`<li><b>${grouped(n)}</b>${what}</li>\n`)}</ul>
<div class="scroll" tabindex="0" role="group" aria-label="Questions by kind"><table><thead><tr><th scope="col">Questions in the captures</th><th scope="col" class="n">answered</th><th scope="col" class="n">refused</th><th scope="col" class="n">no answer seen</th><th scope="col" class="n">not due, or not to be seen</th></tr></thead>
<tbody>${rows}</tbody></table></div>${(counted.forgotten ?? []).map(({ what, count }) => html`<p class="meta">${grouped(count)} ${what} forgotten</p>`)}</section>\n`;
}

/** How far a time is from another one; '' where that is not known. */
function apart(time: string | null, from: bigint | null, word: string): string {
  const at = nanoseconds(time);
  if (at === null || from === null || at === from) return '';
  return ` (${duration(Number(at > from ? at - from : from - at))} ${word})`;
}

/** The first and last time of the captures that were taken while this one was: those of another run say nothing of it. */
function edgesOf(spans: readonly Span[], own: Span | null): Span | null {
  if (own === null) return null;
  const beside = spans.filter(({ first, last }) => first <= own.last && last >= own.first);
  return beside.reduce((sum, { first, last }) => ({
    first: first < sum.first ? first : sum.first,
    last: last > sum.last ? last : sum.last,
  }));
}

interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

function spanOf(capture: ReportCapture): Span | null {
  const [first, last] = [nanoseconds(capture.first), nanoseconds(capture.last)];
  return first === null || last === null ? null : { first, last };
}

/** Compared with that of the first capture; times in the report are those of the files. */
const clockText = (ns: number): string =>
  ns === 0 ? 'as the first, as far as is known' : `${duration(Math.abs(ns))} ${ns > 0 ? 'ahead of' : 'behind'} the first`;

const clockTime = (time: string | null): string => (time === null ? '' : `${time.slice(0, 10)} ${time.slice(11, 23)}`);

function captures(run: Run): Markup | null {
  const { captures: all, witnesses = [] } = run;
  if (all.length === 0 && witnesses.length === 0) return null;
  const spans = all.map(spanOf);
  const known = spans.filter((span) => span !== null);
  const edges = spans.map((span) => edgesOf(known, span));
  const ahead = new Map(all.map(({ point }) => [point, run.details?.clockAheadNs(point) ?? 0]));
  const clocks = all.some(({ point }) => ahead.get(point) !== 0);
  const row = (c: ReportCapture, i: number): Part =>
    html`<tr><td>${c.point}${c.point !== c.file && html`<br><span class="dim">${c.file}</span>`}</td><td>${c.format}, ${c.linkTypes.join(', ')}</td><td class="n">${grouped(c.frames)}</td><td class="n">${c.dropped === null ? 'not counted' : grouped(c.dropped)}</td><td class="n">${grouped(c.clipped)}</td><td>${clockTime(c.first)}${apart(c.first, edges[i]?.first ?? null, 'after the first')}</td><td>${clockTime(c.last)}${apart(c.last, edges[i]?.last ?? null, 'before the last')}</td>${clocks && html`<td>${clockText(ahead.get(c.point) ?? 0)}</td>`}</tr>\n`;
  const interfaces = all.flatMap((c) =>
    c.interfaces.map(
      (i) =>
        html`<tr>${all.length > 1 && html`<td>${c.point}</td>`}<td>${i.name}</td><td class="n">${i.index}</td><td>${i.nameFrom === 'none' ? 'not known' : i.nameFrom}</td><td class="n">${grouped(i.in)}</td><td class="n">${grouped(i.out)}</td></tr>\n`,
    ),
  );
  return html`<section aria-labelledby="captures"><h2 id="captures">${quantity(all.length, 'capture')}</h2>
<div class="scroll" tabindex="0" role="group" aria-label="Captures"><table><thead><tr><th scope="col">Taken on</th><th scope="col">Format</th><th scope="col" class="n">Frames</th><th scope="col" class="n">Lost</th><th scope="col" class="n">Cut</th><th scope="col">First (UTC)</th><th scope="col">Last (UTC)</th>${clocks && html`<th scope="col">Clock</th>`}</tr></thead>
<tbody>${all.map(row)}</tbody></table></div>${
    interfaces.length > 0 &&
    html`<details class="more"><summary>${quantity(interfaces.length, 'interface')}</summary><div class="scroll" tabindex="0" role="group" aria-label="Interfaces"><table><thead><tr>${all.length > 1 && html`<th scope="col">Taken on</th>`}<th scope="col">Interface</th><th scope="col" class="n">Number</th><th scope="col">Name from</th><th scope="col" class="n">Frames in</th><th scope="col" class="n">Frames out</th></tr></thead><tbody>${interfaces}</tbody></table></div></details>`
  }${witnessesSay(run).map((line) => html`<p class="meta">${line}</p>`)}</section>\n`;
}
