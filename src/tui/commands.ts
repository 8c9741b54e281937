// The command line: `:load FILE`, `:set dark-mode on`. Names may be shortened as long as they are clear.
import { nearest } from '../bytes/nearest.js';
import { quantity } from '../bytes/units.js';
import { TIMES, withTime } from './columns/time-columns.js';
import { commonStart, filesLike } from './file-names.js';
import { keysOfText } from './key-names.js';
import { packetsOf } from './marked.js';
import { withReferences } from './references.js';
import { THEMES } from './screen/theme.js';
import { lookOf, type Settings } from './settings.js';
import type { Ui } from './view.js';
import { VIEWS } from './views.js';

/** What the application does for commands beyond what it does for views. */
export interface Commander extends Ui {
  quit(): void;
  /** `replaces`: a file that is there already is written over without a question. `numbers` null: what is shown. */
  save(path: string, replaces?: boolean, numbers?: readonly number[] | null): void;
  decodeAs(rules: readonly string[]): void;
  openRecentFiles(): void;
}

interface Command {
  readonly names: readonly string[];
  readonly usage: string;
  readonly help: string;
  /** What could stand after it. */
  complete?(word: string, ui: Ui): readonly string[];
  /** A line that says what is wrong, or nothing. */
  run(args: readonly string[], text: string, app: Commander): string | undefined;
}

/** Switches of `:set`; a value is read from text or null is returned. */
const SWITCHES: Readonly<
  Record<string, { readonly values: readonly string[]; change(value: string): Partial<Settings> | null }>
> = {
  'auto-scroll': { values: ['on', 'off'], change: flag('autoScroll') },
  'dark-mode': { values: ['on', 'off'], change: (v) => (isOn(v) === null ? null : { theme: isOn(v) ? 'dark' : 'light' }) },
  layout: { values: ['1', '2', '3'], change: (v) => (/^[123]$/.test(v) ? { layout: Number(v) as 1 | 2 | 3 } : null) },
  mouse: { values: ['on', 'off'], change: flag('mouse') },
  'packet-colors': { values: ['on', 'off'], change: flag('packetColors') },
  theme: { values: THEMES, change: (v) => (THEMES.includes(v) ? { theme: v } : null) },
};

function isOn(value: string): boolean | null {
  if (/^(on|yes|true|1)$/.test(value)) return true;
  return /^(off|no|false|0)$/.test(value) ? false : null;
}
function flag(name: 'autoScroll' | 'mouse' | 'packetColors') {
  return (value: string): Partial<Settings> | null => (isOn(value) === null ? null : { [name]: isOn(value) });
}

/** Files as words of the line. */
const files = (word: string): string[] => filesLike(word).map((path) => path.replace(/[ \\"]/g, '\\$&'));

/** The names that termshark has for views. */
const ALIASES: Readonly<Record<string, string>> = { properties: 'capinfo', conversations: 'convs', stream: 'streams' };

const viewCommands: Command[] = VIEWS.filter(({ name }) => name !== 'diff').map(({ name, title }) => ({
  names: [name, ...(ALIASES[name] === undefined ? [] : [ALIASES[name]])],
  usage: `:${name}`,
  help: `view: ${title}`,
  run: (_args, _text, app) => void app.show(name),
}));

const COMMANDS: readonly Command[] = [
  ...viewCommands,
  {
    names: ['load', 'r', 'e'],
    usage: ':load FILE...',
    help: 'read other captures (:r and :e too)',
    complete: files,
    run: (args, _text, app) => (args.length === 0 ? ':load needs a file' : void app.load(args)),
  },
  {
    names: ['diff'],
    usage: ':diff [POINT=]GOOD...',
    help: 'how these captures differ from good ones, with both ladders',
    complete: files,
    run: (args, _text, app) => {
      if (args.length > 0) app.session.compare(args);
      else if (app.session.compared.state === 'none') return ':diff needs a good capture to compare with';
      app.show('diff');
    },
  },
  { names: ['reload'], usage: ':reload', help: 'read the captures again', run: (_a, _t, app) => void app.load([]) },
  {
    names: ['recents'],
    usage: ':recents',
    help: 'recent captures, and those of this folder',
    run: (_a, _t, app) => void app.openRecentFiles(),
  },
  {
    names: ['filter'],
    usage: ':filter FILTER',
    help: 'show the packets of a display filter',
    run: (_args, text, app) => {
      const problem = app.session.checkFilter(withReferences(app, text));
      if (problem !== null) return problem.message;
      app.filter(text, true);
    },
  },
  { names: ['filters'], usage: ':filters', help: 'recent filters', run: (_a, _t, app) => void app.act('recent-filters') },
  { names: ['clear-filter'], usage: ':clear-filter', help: 'show all packets', run: (_a, _t, app) => void app.filter('', true) },
  { names: ['clear-packets'], usage: ':clear-packets', help: 'show none', run: (_a, _t, app) => void app.act('clear-packets') },
  { names: ['columns'], usage: ':columns', help: 'edit the columns', run: (_a, _t, app) => void app.act('columns') },
  {
    names: ['time'],
    usage: ':time FORM',
    help: `form of the time; without a name from a list: ${TIMES.map(({ id }) => id).join(', ')}`,
    complete: () => TIMES.map(({ id }) => id),
    run: ([name], _text, app) => {
      if (name === undefined) return void app.act('choose-time');
      const next = withTime(app.settings.all.columns, name);
      if (next === null) return `:time needs a column of the time, and one of ${TIMES.map(({ id }) => id).join(', ')}`;
      app.settings.change({ columns: next.columns });
      app.say(`${next.now.title}: ${next.now.help}`);
    },
  },
  {
    names: ['decode-as'],
    usage: ':decode-as RULE...',
    help: 'decode as another protocol: udp.port==8472,vxlan; none: as at first',
    run: (args, _text, app) => void app.decodeAs(args),
  },
  {
    names: ['save', 'w'],
    usage: ':save FILE [5-20,33]',
    help: 'write the shown packets as pcapng, or those of some numbers, or those that are marked: :save FILE marked',
    complete: files,
    run: (args, _text, app) => save(args, app, false),
  },
  {
    names: ['save!', 'w!'],
    usage: ':save! FILE [5-20,33]',
    help: 'the same, over a file that is there already',
    complete: files,
    run: (args, _text, app) => save(args, app, true),
  },
  {
    names: ['mark'],
    usage: ':mark 5-20,33',
    help: 'mark packets, to save them: numbers, or shown',
    run: (args, _text, app) => mark(args, app, true),
  },
  {
    names: ['unmark'],
    usage: ':unmark [5-20,33]',
    help: 'take marks away: of some packets, or all',
    run: (args, _text, app) => mark(args, app, false),
  },
  {
    names: ['point'],
    usage: ':point',
    help: 'first frame of a capture point, from a list',
    run: (_a, _t, app) => void app.act('choose-point'),
  },
  {
    names: ['follow'],
    usage: ':follow',
    help: 'follow a conversation, from a list',
    run: (_a, _t, app) => void app.act('choose-stream'),
  },
  { names: ['marks'], usage: ':marks', help: 'list of the marks', run: (_a, _t, app) => void app.act('marks') },
  {
    names: ['stop'],
    usage: ':stop',
    help: 'stop the load and keep what was read',
    run: (_a, _t, app) => void app.session.stop(),
  },
  { names: ['log', 'logs'], usage: ':log', help: 'notes and errors of this run', run: (_a, _t, app) => void app.act('log') },
  { names: ['menu'], usage: ':menu', help: 'the menu', run: (_a, _t, app) => void app.act('menu') },
  {
    names: ['theme'],
    usage: ':theme NAME',
    help: THEMES.join(', '),
    complete: () => THEMES,
    run: ([name], _text, app) => (name === undefined ? void app.act('choose-theme') : setSwitch(app, 'theme', name)),
  },
  { names: ['no-theme'], usage: ':no-theme', help: 'no colours', run: (_a, _t, app) => setSwitch(app, 'theme', 'no-colour') },
  {
    names: ['set'],
    usage: ':set NAME VALUE',
    help: Object.keys(SWITCHES).join(', '),
    complete: () => Object.keys(SWITCHES),
    run: ([name, value], _text, app) =>
      name === undefined || value === undefined
        ? ':set needs a name and a value: :set packet-colors off'
        : setSwitch(app, name, value),
  },
  {
    names: ['map'],
    usage: ':map <f5> KEYS',
    help: 'a key types others, in vim notation: <tab> <c-w> <cr>; without: list',
    run: (args, text, app) => map(args, text, app),
  },
  {
    names: ['unmap'],
    usage: ':unmap <f5>',
    help: 'the key means what it meant',
    complete: (_word, ui) => Object.keys(ui.settings.all.maps),
    run: ([key], _text, app) => {
      const maps = { ...app.settings.all.maps };
      if (key === undefined || maps[key] === undefined) return `no map for '${key ?? ''}'`;
      delete maps[key];
      app.say(app.settings.change({ maps }) ?? `${key} is not mapped any more`);
    },
  },
  {
    names: ['profile'],
    usage: ':profile create|use|delete NAME',
    help: 'a look (columns, theme, layout, splits, maps) under a name; without: list',
    complete: () => ['create', 'use', 'delete'],
    run: ([what, name], _text, app) => profile(app, what, name),
  },
  {
    names: ['config'],
    usage: ':config',
    help: 'where the settings are kept',
    run: (_a, _t, app) => void app.say(app.settings.path),
  },
  { names: ['help'], usage: ':help', help: 'all keys and commands', run: (_a, _t, app) => void app.act('help') },
  { names: ['quit', 'q'], usage: ':quit', help: 'quit, after a question', run: (_a, _t, app) => void app.act('quit') },
  { names: ['q!', 'quit!', 'qa!'], usage: ':q!', help: 'quit at once', run: (_a, _t, app) => void app.quit() },
];

function save([file, range, ...more]: readonly string[], app: Commander, replaces: boolean): string | undefined {
  if (file === undefined || more.length > 0) return `:save${replaces ? '!' : ''} needs one file name`;
  const numbers = range === undefined ? null : packetsOf(range, app.session, app.selection.marked);
  if (typeof numbers === 'string') return numbers;
  app.save(file, replaces, numbers);
}

function mark(args: readonly string[], app: Commander, isMarked: boolean): string | undefined {
  const { marked } = app.selection;
  if (!isMarked && args.length === 0) marked.clear();
  else {
    const numbers = packetsOf(args.join(','), app.session, marked);
    if (typeof numbers === 'string') return numbers;
    if (isMarked) marked.add(numbers);
    else marked.remove(numbers);
  }
  app.say(marked.count === 0 ? 'no packet is marked' : `${quantity(marked.count, 'packet')} marked; w saves them`);
}

function setSwitch(app: Commander, name: string, value: string): string | undefined {
  const known = SWITCHES[name];
  if (known === undefined) {
    const meant = nearest(name, Object.keys(SWITCHES));
    return `:set knows no '${name}'${meant === null ? '' : `; did you mean '${meant}'?`}`;
  }
  const change = known.change(value);
  if (change === null) return `'${value}' is no value of ${name}: ${known.values.join(', ')}`;
  const problem = app.settings.change(change);
  app.say(problem ?? `${name} is ${value}`, problem === null ? 'good' : 'error');
}

function profile(app: Commander, what: string | undefined, name: string | undefined): string | undefined {
  const { all } = app.settings;
  const { profiles } = all;
  if (what === undefined) {
    const names = Object.keys(profiles);
    app.say(names.length === 0 ? 'no profile yet; :profile create NAME keeps this look' : names.join(' · '));
    return;
  }
  if (!['create', 'use', 'delete'].includes(what) || name === undefined || name.length > 64)
    return ':profile needs create, use or delete, and a name';
  if (what === 'create') {
    app.say(app.settings.change({ profiles: { ...profiles, [name]: lookOf(all) } }) ?? `profile ${name} keeps this look`, 'good');
    return;
  }
  if (!Object.hasOwn(profiles, name)) {
    const meant = nearest(name, Object.keys(profiles));
    return `no profile '${name}'${meant === null ? '' : `; did you mean '${meant}'?`}`;
  }
  if (what === 'use') app.say(app.settings.change(profiles[name]) ?? `profile ${name}`, 'good');
  else {
    const { [name]: _, ...others } = profiles;
    app.say(app.settings.change({ profiles: others }) ?? `profile ${name} is deleted`, 'good');
  }
}

function map(args: readonly string[], text: string, app: Commander): string | undefined {
  const [key] = args;
  const { maps } = app.settings.all;
  if (key === undefined) {
    const list = Object.entries(maps).map(([from, to]) => `${from} ${to}`);
    app.say(list.length === 0 ? 'no key is mapped' : list.join(' · '));
    return;
  }
  const macro = text.slice(text.indexOf(key) + key.length).trim();
  if (keysOfText(key)?.length !== 1) return `'${key}' is not one key; write it as <f5>, <c-x> or x`;
  if (macro === '' || keysOfText(macro) === null) return ':map needs the keys that are typed instead: :map <f5> <tab><down>';
  app.say(app.settings.change({ maps: { ...maps, [key]: macro } }) ?? `${key} types ${macro}`, 'good');
}

export const commandHelp: readonly (readonly [string, string])[] = [
  ...COMMANDS.map(({ usage, help }) => [usage, help] as const),
  [':123', 'go to packet 123; of several captures to that frame of the file at hand'],
  [':gw-b:7', 'go to frame 7 of the capture taken on gw-b'],
  [':04:16:42.68', 'go to the first packet at that time (UTC), or after it'],
];

/** Words of a line; a blank after a backslash or between quotes belongs to the word. */
function words(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|((?:\\.|[^\s\\])+)/g)].map(([, quoted, plain]) => quoted ?? plain!.replace(/\\(.)/g, '$1'));
}

function find(name: string): Command | readonly string[] {
  const exact = COMMANDS.find(({ names }) => names.includes(name));
  if (exact !== undefined) return exact;
  const starts = COMMANDS.filter(({ names }) => names.some((one) => one.startsWith(name)));
  return starts.length === 1 ? starts[0] : starts.map(({ names }) => names[0]);
}

/** `7`, `gw-b:7`, `04:16:42.68`: goes there. Null: done; a text: why not; undefined: it is no place. */
function goToPlace(text: string, app: Commander): string | null | undefined {
  const { session } = app;
  const at = /^(?:\d{4}-\d{2}-\d{2}[T ])?\d{1,2}:\d{2}:\d{2}(?:\.\d{1,9})?Z?$/.test(text);
  if (at) {
    const packet = session.packetAt(text);
    if (packet === 0) return `no packet at ${text} or later (UTC)`;
    app.goTo(packet);
    return null;
  }
  const parts = /^(?:(.+):)?(\d{1,10})$/.exec(text);
  if (parts === null) return undefined;
  const [, point, number] = parts;
  const frame = Number(number);
  if (point === undefined) {
    // Of several captures: in the file of the packet that is chosen.
    const packet = session.captures.length === 1 ? frame : session.frameBeside(app.packet, frame);
    if (packet === 0) return `there is no frame ${frame} beside ${session.nameOf(app.packet)}; give its point: gw-b:${frame}`;
    app.goTo(packet);
    return null;
  }
  if (!session.captures.some((one) => one.point === point)) return undefined;
  const packet = session.packetOf(point, frame);
  if (packet === 0) return `there is no frame ${frame} of ${point}`;
  app.goTo(packet);
  return null;
}

/** Runs a line without its colon; what is wrong comes back as one line, else null. */
export function runCommand(line: string, app: Commander): string | null {
  const text = line.trim().replace(/^:/, '');
  if (text === '') return null;
  const place = goToPlace(text, app);
  if (place !== undefined) return place;
  const name = /^\S+/.exec(text)![0];
  const command = find(name);
  if (!('run' in command)) {
    if (command.length > 1) return `':${name}' could be ${command.join(', ')}`;
    const meant = nearest(
      name,
      COMMANDS.flatMap(({ names }) => names),
    );
    return `no command ':${name}'${meant === null ? '; :help lists them' : `; did you mean ':${meant}'?`}`;
  }
  const rest = text.slice(name.length).trim();
  return command.run(words(rest), rest, app) ?? null;
}

/** The line with its last word completed as far as it is clear, and what it could become. */
export function completeCommand(line: string, ui: Ui): { readonly line: string; readonly choices: readonly string[] } {
  const space = line.indexOf(' ');
  const last = /(?:\\.|\S)*$/.exec(line)![0];
  let choices: readonly string[];
  if (space < 0) choices = COMMANDS.map(({ names }) => names[0]).filter((name) => name.startsWith(line));
  else {
    const command = find(line.slice(0, space));
    if (!('run' in command)) return { line, choices: [] };
    if (command.names[0] === 'filter') {
      const text = line.slice(space + 1);
      const { start, items } = ui.session.complete(text, text.length);
      return finish(
        line,
        text.slice(start),
        items.map((item) => item.text),
      );
    }
    const [, second] = line.split(' ');
    const isValue = command.names[0] === 'set' && second !== undefined && line.split(' ').length === 3;
    const all = isValue ? (SWITCHES[second]?.values ?? []) : (command.complete?.(last.replace(/\\(.)/g, '$1'), ui) ?? []);
    choices = all.filter((one) => one.startsWith(last));
  }
  return finish(line, last, choices);
}

function finish(line: string, last: string, choices: readonly string[]): { line: string; choices: readonly string[] } {
  if (choices.length === 0) return { line, choices };
  const common = commonStart(choices);
  const isWhole = choices.length === 1 && !common.endsWith('/');
  return {
    line: `${line.slice(0, line.length - last.length)}${common.length >= last.length ? common : last}${isWhole ? ' ' : ''}`,
    choices,
  };
}
