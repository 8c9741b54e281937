// What an action does where neither a dialog nor the view in front takes it.
import { quantity } from '../../bytes/units.js';
import { choosePoint, chooseStream, chooseTheme, chooseTime } from '../choices.js';
import { ColumnsEditor } from '../columns/editor.js';
import { withNames } from '../columns/packet-columns.js';
import { type Commander, commandHelp } from '../commands.js';
import { commentDialog } from '../comment.js';
import { CopyMode } from '../copy-mode.js';
import { DecodeAsDialog } from '../decode-as.js';
import { helpLines } from '../help.js';
import type { Action, Place } from '../keys.js';
import { Menu } from '../menu.js';
import type { Key } from '../screen/input.js';
import { span } from '../screen/paint.js';
import { THEMES, type Theme } from '../screen/theme.js';
import type { View } from '../view.js';
import { ask, type Choice, ListDialog } from '../widgets/dialogs.js';
import { byTheme, Pager, type TextLine } from '../widgets/pager.js';
import type { CommandBar } from './command-bar.js';
import { askWhatToSave } from './save-dialog.js';
import type { Stage } from './stage.js';

/** What these actions need of the application beyond what views and commands need. */
export interface Actor extends Commander {
  readonly stage: Stage;
  readonly view: View;
  readonly commandBar: CommandBar;
  readonly hasColors: boolean;
  /** The file of a capture that nobody has saved so far; null where there is nothing to lose. */
  readonly unsaved: string | null;
  places(): readonly Place[];
  showNumber(digit: string): void;
  stop(): void;
  /** Puts rules of decode-as in force; what is wrong with them, or null. */
  tryDecode(rules: readonly string[]): string | null;
}

type Does = (app: Actor, argument: Key) => void;

export const ANYWHERE: Readonly<Partial<Record<Action, Does>>> = {
  stop: (app) => app.stop(),
  quit: (app) => {
    const { unsaved } = app;
    const written = app.session.comments.unsaved;
    const lost = written === 0 ? '' : ` ${quantity(written, 'changed comment is', 'changed comments are')} not saved`;
    if (unsaved === null) ask(app, `Quit hopscope?${lost}`, () => app.quit());
    else app.open(new ListDialog(app, 'This capture is not saved', quitChoices(app, unsaved)));
  },
  help: (app) => {
    const places = app.places();
    app.open(
      new Pager(
        app,
        'Help',
        byTheme(app, (theme) => helpLines(theme, places, commandHelp)),
      ),
    );
  },
  'step-back': (app) => app.stage.back(app.packet),
  menu: (app) => app.open(new Menu(app)),
  'command-line': (app) => app.commandBar.open(),
  view: (app, digit) => app.showNumber(digit),
  'next-view': (app) => app.show(app.stage.neighbour(1).name),
  'previous-view': (app) => app.show(app.stage.neighbour(-1).name),
  back: (app) => app.stage.back(app.packet),
  theme: (app) => {
    const { settings } = app;
    settings.change({ theme: THEMES[(THEMES.indexOf(settings.all.theme) + 1) % THEMES.length] });
    app.say(app.hasColors ? `theme ${settings.all.theme}` : 'this terminal has no colours');
  },
  'dark-mode': ({ settings, theme }) => void settings.change({ theme: theme.isDark ? 'light' : 'dark' }),
  names: (app) => {
    const { columns, areNames } = withNames(app.settings.all.columns);
    app.settings.change({ columns });
    app.say(areNames ? 'names of the topology in place of addresses; A shows addresses' : 'addresses');
  },
  'packet-colors': ({ settings }) => void settings.change({ packetColors: !settings.all.packetColors }),
  'copy-mode': (app) => {
    const texts = app.view.copies?.() ?? [];
    if (texts.length === 0) app.say('nothing to copy here');
    else app.open(new CopyMode(app, texts));
  },
  comment: askForComment,
  'open-file': (app) => app.openRecentFiles(),
  save: askWhatToSave,
  'decode-as': (app) => app.open(new DecodeAsDialog(app, (rules) => app.tryDecode(rules))),
  columns: (app) => app.open(new ColumnsEditor(app)),
  'clear-packets': (app) => app.filter('frame.number == 0', true),
  reload: (app) => app.load([]),
  log: openLog,
  'choose-theme': chooseTheme,
  'choose-time': chooseTime,
  'choose-point': choosePoint,
  'choose-stream': chooseStream,
  'next-match': (app) => void app.trail.walk(app, 1),
  'previous-match': (app) => void app.trail.walk(app, -1),
};

/** Of a capture that lies in a file of this run only. It is kept, whatever is chosen. */
const quitChoices = (app: Actor, path: string): Choice[] => [
  { text: 'Save it first', key: 's', note: 's', choose: () => askWhatToSave(app) },
  { text: `Quit; it stays in ${path}`, key: 'y', note: 'y', choose: () => app.quit() },
  { text: 'Go on', key: 'n', note: 'n', choose: () => {} },
];

function openLog(app: Actor): void {
  let lines: TextLine[] = [];
  let known = -1;
  let of: Theme | null = null;
  app.open(
    new Pager(app, 'Log', () => {
      const { log } = app.session;
      if (log.length !== known || of !== app.theme) {
        known = log.length;
        of = app.theme;
        lines = log.map(({ time, text }) => ({
          spans: [span(`${time.toISOString().slice(11, 19)}  `, app.theme.dim), span(text, app.theme.text)],
          hang: 10,
        }));
        if (lines.length === 0) lines = [{ spans: [span('nothing to report', app.theme.dim)] }];
      }
      return lines;
    }),
  );
}

function askForComment(app: Actor): void {
  const { packet, session } = app;
  if (packet === 0) app.say('no packet is chosen');
  else {
    const { comments } = session;
    app.open(
      commentDialog(app, `Comment on packet ${session.nameOf(packet)}`, comments.of(packet), (text) =>
        comments.write(packet, text),
      ),
    );
  }
}
