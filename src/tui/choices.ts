// One of several things that the screen knows: themes, forms of the time, filters, capture points, conversations to follow.
import { TIMES } from './columns/time-columns.js';
import { THEMES } from './screen/theme.js';
import type { Ui } from './view.js';
import { narrowed, type Pick, PickDialog } from './widgets/pick-dialog.js';

/** Conversations that are offered, of each kind. */
const MAX_STREAMS = 500;

function choose(ui: Ui, title: string, picks: () => readonly Pick[], take: (text: string) => void): void {
  ui.open(
    new PickDialog(ui, title, {
      isOnly: true,
      picks: (typed) => narrowed(picks(), typed),
      accept: (text) => {
        take(text);
        return null;
      },
    }),
  );
}

export function chooseTheme(ui: Ui): void {
  const now = ui.settings.all.theme;
  const notes: Readonly<Record<string, string>> = { auto: 'dark or light, as the terminal is' };
  const picks = THEMES.map((text) => ({ text, note: `${text === now ? 'now · ' : ''}${notes[text] ?? ''}` }));
  choose(
    ui,
    'Theme',
    () => picks,
    (text) => ui.command(`theme ${text}`),
  );
}

export function chooseTime(ui: Ui): void {
  const shown = ui.settings.all.columns.map(({ field }) => field);
  const picks = TIMES.map(({ id, help }) => ({ text: id, note: `${shown.includes(id) ? 'now · ' : ''}${help}` }));
  choose(
    ui,
    'Form of the time',
    () => picks,
    (text) => ui.command(`time ${text}`),
  );
}

export function chooseFilter(ui: Ui): void {
  const { recentFilters } = ui.settings.all;
  if (recentFilters.length === 0) ui.say('no filter was applied so far');
  else {
    const picks = recentFilters.map((text) => ({ text }));
    choose(
      ui,
      'Recent filters',
      () => picks,
      (text) => ui.selection.apply(text),
    );
  }
}

export function choosePoint(ui: Ui): void {
  const { captures } = ui.session;
  const picks = captures.map(({ point, file }) => ({ text: point, note: file }));
  choose(
    ui,
    'First frame of a capture point',
    () => picks,
    (text) => {
      const packet = ui.session.packetOf(text, 1);
      if (packet === 0) ui.say(`there is no frame of ${text} yet`);
      else ui.goTo(packet);
    },
  );
}

export function chooseStream(ui: Ui): void {
  choose(
    ui,
    'Conversation to follow',
    () => streams(ui).map(({ text, note }) => ({ text, note })),
    (text) => {
      const packet = streams(ui).find((one) => one.text === text)?.packet;
      if (packet !== undefined) ui.show('stream', packet);
    },
  );
}

interface StreamPick extends Pick {
  readonly packet: number;
}

/** TCP and UDP conversations as they are known so far, in the order of the capture. */
function streams({ session }: Ui): StreamPick[] {
  const query = { sortBy: null, descending: false, limitToFilter: false };
  const first = session.table('conversations', { ...query, tab: 0 });
  // Whoever looks at rows is told when there are more.
  first.rows(0, 1);
  const { tabs } = first;
  return ['TCP', 'UDP'].flatMap((kind) => {
    const tab = tabs.findIndex(({ title }) => title === kind);
    if (tab < 0 || tabs[tab].count === 0) return [];
    const rows = session.table('conversations', { ...query, tab }).rows(0, MAX_STREAMS);
    return rows.flatMap((row): StreamPick[] => {
      if (row === null) return [];
      const [a, aPort, b, bPort, packets] = row.cells;
      return [
        {
          text: `${kind} ${a}:${aPort} \u2194 ${b}:${bPort}`,
          note: `${packets} packet${packets === '1' ? '' : 's'}`,
          packet: row.packet,
        },
      ];
    });
  });
}
