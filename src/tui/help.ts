// The help, made from the key table.
import { shownKeys } from './key-names.js';
import { KEYS, PLACES, type Place } from './keys.js';
import { span } from './screen/paint.js';
import type { Theme } from './screen/theme.js';
import { keyOf, VIEWS } from './views.js';
import type { TextLine } from './widgets/pager.js';

const WIDTH = 28;

/** `here` are the places that count where the help was asked for: they stand first. */
export function helpLines(theme: Theme, here: readonly Place[], commands: readonly (readonly [string, string])[]): TextLine[] {
  const lines: TextLine[] = [];
  const places = Object.keys(PLACES) as Place[];
  const row = (left: string, right: string) =>
    lines.push({ spans: [span(`  ${left} `.padEnd(WIDTH), theme.key), span(right, theme.text)], hang: WIDTH + 2 });
  const section = (title: string) => {
    if (lines.length > 0) lines.push({ spans: [] });
    lines.push({ spans: [span(title, theme.heading)] });
  };
  section('Views');
  for (const view of VIEWS) row(keyOf(view), view.title);
  row('', 'a digit waits a moment: 5gg goes to row five; Alt and the digit do not wait');
  for (const place of [...here, ...places.filter((one) => !here.includes(one))]) {
    section(PLACES[place] + (here.includes(place) && place !== 'everywhere' ? ' (here)' : ''));
    for (const { keys, where, help } of KEYS) if (where === place) row(keys.map(shownKeys).join('  '), help);
  }
  section('Command line (:)');
  for (const [command, help] of commands) row(command, help);
  section('Signs');
  row('! ~ ·', 'packet or finding: error, warning, hint; ? not decided');
  row('= + × …', 'display filter: shown, valid but not applied, not valid, running');
  row('▸ ▾', 'branch: closed, open');
  return lines;
}

/** The table of docs/tui.md. */
export function keyTableMarkdown(): string {
  const lines: string[] = [];
  for (const [place, title] of Object.entries(PLACES)) {
    const rows = KEYS.filter((binding) => binding.where === place);
    lines.push(`### ${title}`, '', '| Key | Does |', '|---|---|');
    for (const { keys, help } of rows) {
      const shown = keys.map((key) => `\`${shownKeys(key).replace(/\|/g, '\\|')}\``).join(' ');
      lines.push(`| ${shown} | ${help.replace(/\|/g, '\\|')} |`);
    }
    lines.push('');
  }
  return lines.join('\n');
}
