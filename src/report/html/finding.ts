// A finding: what is wrong, its picture, its frames, why, how sure, what follows, what to do.
import type { Evidence, Finding } from '../../rules/finding.js';
import { type Cause, conversationOf, flowOf } from '../causes.js';
import type { ShownFrame } from '../details.js';
import type { Run } from '../run.js';
import { framesOf, inference, phasesText, SIGNS, type Sign, signOf, symptomsOf, wordOf } from '../words.js';
import { frameList } from './frames.js';
import { html, idOf, type Markup, type Part } from './markup.js';
import { figures } from './pictures.js';

export const sign = (of: Sign): Markup => html`<span class="sign sign-${of}" aria-hidden="true">${SIGNS[of]}</span>`;

export const anchor = (finding: Pick<Finding, 'id'>): string => `f-${idOf(finding.id)}`;

export interface About {
  readonly run: Run;
  readonly frames: ReadonlyMap<string, ShownFrame>;
  /** Frames that were shown already, by key. */
  readonly told: Map<string, string>;
  /** Rules whose page was shown already: where. */
  readonly pages: Map<string, string>;
}

/** Frames of a finding that are listed: the rest is counted. */
export const MOST_FRAMES = 8;

export const shownEvidence = (finding: Finding): readonly Evidence[] => framesOf(finding).slice(0, MOST_FRAMES);

export function command(text: string): Markup {
  return html`<div class="command"><pre>${text}</pre><button type="button" hidden data-copy aria-label="Copy the command">Copy</button></div>`;
}

/** `isOpen`: shown in full at once. */
export function article(cause: Cause, about: About, isOpen: boolean, heading?: Markup): Markup {
  const { finding } = cause;
  const of = signOf(cause);
  const id = anchor(finding);
  const meta = [finding.rule, `×${finding.count}`, flowOf(finding), conversationOf(finding)].filter((text) => text !== '');
  return html`<article id="${id}" class="${of}" data-cause><details${isOpen && html` open`}>
<summary><h2>${heading ?? html`${sign(of)}<span class="visually-hidden">${wordOf(cause)}: </span>${finding.title}`}</h2>
<p class="meta">${heading === undefined && html`${wordOf(cause)} \u00b7 `}${meta.join(' · ')}</p></summary>
${body(cause, about, id)}
</details></article>
`;
}

export function body(cause: Cause, about: About, id: string, before: Part = null): Markup {
  const { run } = about;
  const { finding, symptoms } = cause;
  const evidence = shownEvidence(finding);
  const more = framesOf(finding).length - evidence.length;
  const list = frameList({
    evidence,
    frames: about.frames,
    severalPoints: run.captures.length > 1,
    told: about.told,
    id,
  });
  const tui = evidence.length > 0 ? (run.details?.tui(evidence[0]!) ?? null) : null;
  return html`${before === null ? html`<p class="lead">${finding.message}</p>` : before}
${figures(run, finding)}${says(cause, about)}${doing(cause)}${
  list !== null && html`<h3>Frames that show it</h3>\n${list}${more > 0 && html`<p class="meta">and ${more} more</p>`}`
}${tui !== null && html`<h3>Look at it in the terminal</h3>\n${command(tui)}`}${rulePage(finding, symptoms, about, id)}`;
}

function says({ finding, symptoms }: Cause, { run }: About): Markup | null {
  const { interfaceExpected: expected, interfaceOut: out } = finding.subject;
  const rows: [string, Part][] = [];
  if (expected !== null && expected !== out && finding.verdict === 'fail')
    rows.push(['expected', `${out === null ? '' : 'out '}${expected}`]);
  if (finding.cause !== '') rows.push(['why', finding.cause]);
  for (const text of finding.contrast ?? []) rows.push(['contrast', text]);
  if (finding.phases !== undefined) rows.push(['when', phasesText(finding.phases)]);
  for (const text of finding.alternatives ?? []) rows.push(['or', text]);
  if (finding.confidence !== 'high') rows.push(['how sure', `${finding.confidence}: ${inference(run)}`]);
  if ((finding.quotes ?? []).length > 0)
    rows.push([
      'told by',
      html`<ul>${(finding.quotes ?? []).map(
        ({ says: said, count, file, line, text }) =>
          html`<li>${said}${count > 1 && ` \u00d7${count}`} <span class="dim">(${file}:${line})</span><br><code>${text}</code></li>`,
      )}</ul>`,
    ]);
  if (symptoms.length > 0)
    rows.push([
      'so',
      html`<ul>${symptomsOf(symptoms, false).map(({ sign: of, rule, text }) => html`<li>${sign(of)} ${rule} ${text}</li>`)}</ul>`,
    ]);
  return rows.length === 0
    ? null
    : html`<dl class="says">${rows.map(([label, text]) => html`<dt>${label}</dt><dd>${text}</dd>\n`)}</dl>\n`;
}

function doing({ finding }: Cause): Markup | null {
  const { hint, commands, subject } = finding;
  if (hint === '' && commands.length === 0) return null;
  return html`<h3>What to do</h3>\n${hint !== '' && html`<p>${hint}</p>\n`}${
    commands.length > 0 &&
    html`<p class="meta">${subject.node === null ? 'Run:' : `On ${subject.node}:`}</p>\n${commands.map(command)}`
  }\n`;
}

/** The pages of the rule and of those of its symptoms, each once in a report. */
function rulePage(finding: Finding, symptoms: readonly Finding[], { run, pages }: About, id: string): Markup[] {
  const rules = [...new Set([finding.rule, ...symptoms.map(({ rule }) => rule)])];
  return rules.flatMap((rule) => {
    const known = pages.get(rule);
    if (known !== undefined)
      return rule === finding.rule ? [html`<p class="more"><a href="#${known}">The page of ${rule}</a></p>\n`] : [];
    const page = run.details?.page(rule) ?? null;
    if (page === null) return [];
    const own = `${id}-${rule}`;
    pages.set(rule, own);
    return [
      html`<details class="more rule" id="${own}"><summary>What ${rule} means</summary><pre>${page.trim()}</pre></details>\n`,
    ];
  });
}
