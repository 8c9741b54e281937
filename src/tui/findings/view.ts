// The findings: root causes first, symptoms below them, and what is known of the chosen one.
import { displayWidth, plainWidth } from '../../bytes/text.js';
import { quantity } from '../../bytes/units.js';
import { paintRuns } from '../../picture/paint/text.js';
import { conversationOf, flowOf } from '../../report/causes.js';
import type { Evidence, Finding, Quote } from '../../rules/finding.js';
import type { Action, Place } from '../keys.js';
import type { Key, Mouse } from '../screen/input.js';
import { fill, type Picture, type Row, span } from '../screen/paint.js';
import type { Ui, View } from '../view.js';
import { AskedPicture } from '../widgets/asked-picture.js';
import { Cursor } from '../widgets/cursor.js';
import { byTheme, markdownLines, Pager, type TextLine, wrapRow } from '../widgets/pager.js';
import { inked } from '../widgets/picture.js';
import {
  countFindings,
  countsText,
  type FindingLine,
  findingAttr,
  findingLines,
  findingRow,
  findingSign,
  ruleWidth,
} from './list.js';

/** Opens the page of a rule. */
export function openRulePage(ui: Ui, rule: string): void {
  const page = ui.session.page(rule);
  ui.open(
    new Pager(
      ui,
      rule,
      byTheme(ui, (theme) => markdownLines(page, theme)),
    ),
  );
}

/** A display filter for what a finding is about; '' where it names no address. */
export function filterOf({ finding }: FindingLine): string {
  const { src, dst, target } = finding.subject;
  const addresses = [...new Set([src, dst ?? target].filter((one) => one !== null))];
  const part = (address: string) =>
    address.includes(':') ? `ipv6.addr == ${address}` : `(ip.addr == ${address} || arp.dst.proto_ipv4 == ${address})`;
  const isOne = (address: string) => /^[\d.]+(\/\d+)?$|^[\da-f:]+(\/\d+)?$/i.test(address);
  return addresses.filter(isOne).map(part).join(' && ');
}

/** Frames, and what other tools have printed, in the order of time; what knows no time stands at the end. */
const inTime = ({ evidence, quotes = [] }: Finding): readonly (Evidence | Quote)[] =>
  [...evidence, ...quotes].sort(
    (a, b) => (a.time === null ? 1 : 0) - (b.time === null ? 1 : 0) || ((a.time ?? '') < (b.time ?? '') ? -1 : 1),
  );

/** Columns for the place of what is shown: a longer one moves its line. */
const MAX_LEAD = 40;

const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - displayWidth(plainWidth(text))));

/** Part of the height for the map at most. */
const MAP_SHARE = 0.4;
/** Part of what is left for the list at most. */
const LIST_SHARE = 0.4;

export class FindingsView implements View {
  readonly title = 'Findings';
  private readonly cursor = new Cursor();
  private lines: readonly FindingLine[] = [];
  private listHeight = 1;
  private detailTop = 0;
  private readonly map: AskedPicture<'map'>;
  private readonly timeline: AskedPicture<'timeline'>;
  private isMapWanted = true;
  /** The map on top: as many lines as there is room for, or none. */
  private mapRows: Row[] = [];

  constructor(private readonly ui: Ui) {
    this.map = new AskedPicture(ui, 'map');
    this.timeline = new AskedPicture(ui, 'timeline');
  }

  places(): readonly Place[] {
    return ['findings', 'lists'];
  }
  shown(packet: number): void {
    const { session } = this.ui;
    // Asked about another packet than the selected one: the first finding that it proves.
    const about = packet === this.ui.packet ? [] : (session.about(packet)?.findings ?? []);
    const lines = findingLines(session);
    // The walk is among the packets of a symptom where texts alone show its cause: the cause comes first here.
    const { finding } = this.ui.trail;
    const cause = session.findings.findIndex(({ id }) => id === (session.findings[finding]?.foldedUnder ?? null));
    const wanted = cause >= 0 && session.evidenceCount(cause) === 0 ? cause : finding;
    const at = lines.findIndex(({ index }) => (about.length > 0 ? about.includes(index) : index === wanted));
    if (at >= 0) this.cursor.at = at;
  }

  settle(width: number, height: number): void {
    this.lines = findingLines(this.ui.session);
    const chosen = this.lines[this.cursor.at]?.index ?? -1;
    this.map.settle(chosen);
    this.timeline.settle(chosen);
    this.mapRows = this.mapFor(width, Math.floor(height * MAP_SHARE));
    const free = height - 2 - this.mapRows.length;
    // A part for the list, the rest for the one that is chosen.
    this.listHeight = Math.max(1, Math.min(this.lines.length, Math.floor(free * LIST_SHARE)));
    this.cursor.settle(this.lines.length, this.listHeight);
    const below = free - Math.min(this.lines.length, this.listHeight);
    this.detailTop = Math.max(0, Math.min(this.detailTop, this.detailRows(width).length - below));
  }

  /** Gives way whole where there is no room for all of it: half a map is another network. */
  private mapFor(width: number, most: number): Row[] {
    const { theme } = this.ui;
    const { picture } = this.map;
    if (picture === null || !this.isMapWanted) return [];
    const lines = paintRuns(picture, width - 2);
    if (lines === null || lines.length + 1 > most) return [];
    return [...lines.map((runs): Row => [span(' ', theme.text), ...inked(runs, theme)]), [span('─'.repeat(width), theme.edge)]];
  }

  /** What became of it over time, where that changed. */
  private timelineRows(width: number): Row[] {
    const { picture } = this.timeline;
    if (picture === null || picture.bands.length + picture.marks.length < 2) return [];
    return [[], ...(paintRuns(picture, width) ?? []).map((runs) => inked(runs, this.ui.theme)), []];
  }

  draw(width: number, height: number): Picture {
    const { lines, cursor, ui } = this;
    const { theme, session } = ui;
    const heading: Row = [
      span(` ${session.findingsKnown ? countsText(countFindings(lines)) : 'reading, findings follow …'}`, theme.heading),
    ];
    const names = ruleWidth(lines, width);
    const rows: Row[] = lines
      .slice(cursor.top, cursor.top + this.listHeight)
      .map((line, i) => findingRow(line, theme, width, cursor.top + i === cursor.at ? 'focus' : 'no', names));
    const room = height - 2 - this.mapRows.length - rows.length;
    const shown = this.detailRows(width).slice(this.detailTop, this.detailTop + room);
    return {
      rows: fill(
        [
          ...this.mapRows,
          heading,
          ...rows,
          [span('─'.repeat(width), theme.edge)],
          ...shown.map((row): Row => [span(' ', theme.text), ...row]),
        ],
        width,
        height,
        theme.text,
      ),
    };
  }

  /** What is known of the chosen finding. */
  private detailRows(width: number): Row[] {
    const line = this.lines[this.cursor.at];
    if (line === undefined) return this.nothing(width);
    const { known, evidence } = this.details(line);
    const wrapped = (lines: readonly TextLine[]): Row[] => lines.flatMap(({ spans, hang }) => wrapRow(spans, width - 2, hang));
    return [...wrapped(known), ...this.timelineRows(width - 2), ...wrapped(evidence)];
  }

  private nothing(width: number): Row[] {
    const { theme, session } = this.ui;
    if (!session.findingsKnown) return [];
    const text = `${quantity(session.load.frames, 'packet')} read, and no rule found a fault. 'hopscope rules' lists what is looked for; a topology (-t) lets the rules be sure.`;
    return wrapRow([span(text, theme.dim)], width - 2);
  }

  private details({ finding }: FindingLine): { readonly known: readonly TextLine[]; readonly evidence: readonly TextLine[] } {
    const { theme, session } = this.ui;
    const label = (name: string) => span(name.padEnd(10), theme.dim);
    const about = [finding.rule, `×${finding.count}`, flowOf(finding), conversationOf(finding)];
    const lines: TextLine[] = [
      {
        spans: [
          span(`${findingSign(finding)} ${finding.severity}: `, findingAttr(theme, finding)),
          span(finding.title, theme.strong),
        ],
      },
      { spans: [span(`  ${about.filter(Boolean).join(' · ')}`, theme.dim)] },
      { spans: [] },
    ];
    const add = (name: string, text: string, attr = theme.text) => {
      if (text !== '') lines.push({ spans: [label(name), span(text, attr)], hang: 10 });
    };
    add('what', finding.message);
    add('why', finding.cause);
    const isOpen = finding.verdict === 'inconclusive';
    if (isOpen || finding.confidence !== 'high')
      add('how sure', `${finding.confidence}${isOpen ? '; it could not be decided' : ''}`);
    const byId = new Map(session.findings.map((one) => [one.id, one]));
    finding.explains.forEach((id, i) => {
      const one = byId.get(id);
      if (one !== undefined)
        lines.push({
          spans: [label(i === 0 ? 'so' : ''), span(`${findingSign(one)} ${one.rule} ×${one.count}: ${one.title}`, theme.text)],
          hang: 12,
        });
    });
    add('do', finding.hint);
    finding.commands.forEach((command, i) => {
      lines.push({ spans: [label(i === 0 ? 'commands' : ''), span(command, theme.accent)], hang: 12 });
    });
    const marks: TextLine[] = [];
    const shown = inTime(finding).map((one) => ({
      lead:
        'frame' in one
          ? session.captures.length > 1
            ? session.nameOf(one.frame)
            : `frame ${one.frame}`
          : `${one.file}:${one.line}`,
      time: one.time?.slice(11, 26) ?? '',
      text: 'frame' in one ? one.note : `${one.says}${one.count > 1 ? ` \u00d7${one.count}` : ''}`,
      printed: 'frame' in one ? '' : one.text,
    }));
    // Columns: places of texts are longer than numbers of frames, and some texts know no time.
    const [leads, times] = [12, 0].map((least, n) =>
      shown.reduce(
        (most, { lead, time }) => Math.max(most, Math.min(MAX_LEAD, displayWidth(plainWidth(n === 0 ? lead : time)))),
        least,
      ),
    );
    shown.forEach(({ lead, time, text, printed }, i) => {
      marks.push({
        spans: [
          label(i === 0 ? 'evidence' : ''),
          span(padded(lead, leads), theme.accent),
          span(` ${padded(time, times)}${times > 0 ? '  ' : ''}${text}`, theme.text),
        ],
        hang: 12,
      });
      if (printed !== '') marks.push({ spans: [label(''), span(`| ${printed}`, theme.dim)], hang: 12 });
    });
    return { known: lines, evidence: marks };
  }

  act(action: Action, count: number | null, _argument: Key): boolean {
    const line = this.lines[this.cursor.at];
    if (action === 'rule-page') {
      if (line !== undefined) openRulePage(this.ui, line.finding.rule);
    } else if (action === 'zoom') {
      this.isMapWanted = !this.isMapWanted;
    } else if (action === 'ladder') {
      if (line === undefined) this.ui.say('there is no finding to draw');
      else this.ui.show('ladder', 0, line.index);
    } else if (action === 'accept') {
      if (line !== undefined) this.ui.trail.start(this.ui, line.index);
    } else if (action === 'apply-filter') {
      const filter = line === undefined ? '' : filterOf(line);
      if (filter === '') this.ui.say('this finding names no address to filter by');
      else {
        this.ui.filter(filter, true);
        this.ui.show('packets');
      }
    } else if (action === 'toggle-branch') this.detailTop += 5;
    else if (action === 'next-match') this.ui.trail.walk(this.ui, 1);
    else if (action === 'previous-match') this.ui.trail.walk(this.ui, -1);
    else {
      const before = this.cursor.at;
      if (!this.cursor.act(action, count)) return false;
      if (before !== this.cursor.at) this.detailTop = 0;
    }
    return true;
  }

  mouse({ action, y }: Mouse): void {
    const row = y - this.mapRows.length;
    const inList = row >= 1 && row <= this.listHeight;
    if (action === 'wheel-down' || action === 'wheel-up') {
      const step = action === 'wheel-down' ? 3 : -3;
      if (inList) this.cursor.scroll(step);
      else this.detailTop = Math.max(0, this.detailTop + step);
    } else if (action === 'press' && inList) {
      const at = this.cursor.top + row - 1;
      if (at === this.cursor.at) this.act('accept', null, '');
      else this.cursor.to(at);
    }
  }

  copies(): readonly string[] {
    const line = this.lines[this.cursor.at];
    if (line === undefined) return [];
    const { finding } = line;
    const { known, evidence } = this.details(line);
    const text = [...known, ...evidence].map(({ spans }) => spans.map((one) => one.text).join('')).join('\n');
    return [...(finding.commands.length > 0 ? [finding.commands.join('\n')] : []), finding.title, text];
  }
}
