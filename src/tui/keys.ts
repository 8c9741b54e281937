// The one key table: what a key does, where, and in which words. The footer, the help and the table in docs/tui.md are made from it.
import type { Key } from './screen/input.js';

/** Where a key counts: the pane that has the focus comes first, then its view, then everywhere. */
export type Place =
  | 'everywhere'
  | 'lists'
  | 'packets'
  | 'tree'
  | 'bytes'
  | 'findings'
  | 'checks'
  | 'tables'
  | 'conversations'
  | 'stream'
  | 'traffic'
  | 'ladder'
  | 'sequence'
  | 'diff'
  | 'text'
  | 'columns'
  | 'copy'
  | 'dialogs'
  | 'decode-as'
  | 'analysis'
  | 'misc';

export type Action =
  | 'accept'
  | 'add'
  | 'apply-ends'
  | 'apply-filter'
  | 'as-chart'
  | 'back'
  | 'bottom'
  | 'bytes-below'
  | 'cancel'
  | 'capture-properties'
  | 'checks'
  | 'choose-point'
  | 'choose-stream'
  | 'choose-theme'
  | 'choose-time'
  | 'clear-filter'
  | 'clear-packets'
  | 'close'
  | 'clock'
  | 'close-branch'
  | 'columns'
  | 'comment'
  | 'command-line'
  | 'conversations'
  | 'copy'
  | 'copy-mode'
  | 'dark-mode'
  | 'decode-as'
  | 'down'
  | 'equal-panes'
  | 'filter'
  | 'filter-stream'
  | 'finding'
  | 'first-packet'
  | 'follow-end'
  | 'go-to-mark'
  | 'half-down'
  | 'half-up'
  | 'help'
  | 'jump-back'
  | 'ladder'
  | 'left'
  | 'limit-to-filter'
  | 'log'
  | 'mark'
  | 'mark-range'
  | 'mark-packet'
  | 'marks'
  | 'maximise'
  | 'import'
  | 'menu'
  | 'move-down'
  | 'move-up'
  | 'names'
  | 'next-layout'
  | 'next-match'
  | 'next-pane'
  | 'next-tab'
  | 'next-view'
  | 'node-menu'
  | 'only-broken'
  | 'open'
  | 'open-branch'
  | 'open-file'
  | 'packet-colors'
  | 'page-down'
  | 'page-up'
  | 'prepare-ends'
  | 'prepare-filter'
  | 'previous-match'
  | 'previous-pane'
  | 'previous-tab'
  | 'previous-view'
  | 'quit'
  | 'quit-now'
  | 'recent-filters'
  | 'redraw'
  | 'reload'
  | 'remove'
  | 'remove-all'
  | 'rename'
  | 'reverse-sort'
  | 'right'
  | 'rule-page'
  | 'save'
  | 'search'
  | 'sequence'
  | 'show-client'
  | 'show-entire'
  | 'show-server'
  | 'sort'
  | 'split-left'
  | 'split-less'
  | 'split-more'
  | 'split-right'
  | 'step-back'
  | 'stop'
  | 'stream'
  | 'suspend'
  | 'theme'
  | 'time-format'
  | 'toggle'
  | 'toggle-all'
  | 'toggle-branch'
  | 'top'
  | 'unmark-all'
  | 'up'
  | 'view'
  | 'zoom';

export interface Binding {
  /** Alternatives; the keys of a sequence are separated by blanks, `*` stands for any character. */
  readonly keys: readonly string[];
  readonly action: Action;
  readonly where: Place;
  /** What it does, in the words of the help. */
  readonly help: string;
  /** One or two words for the footer; without, it is not shown there. */
  readonly hint?: string;
}

const section = (
  where: Place,
  rows: readonly (readonly [keys: string, action: Action, help: string, hint?: string])[],
): Binding[] =>
  rows.map(([keys, action, help, hint]) => ({
    keys: keys.split(' | ').map((one) => one.trim()),
    action,
    where,
    help,
    ...(hint === undefined ? {} : { hint }),
  }));

/** What stands here first is shown first. A digit is the number of a view, or the count of the key after it. */
export const KEYS: readonly Binding[] = [
  ...section('tree', [
    ['enter | space', 'toggle-branch', 'open or close the branch', 'open'],
    ['left | h', 'close-branch', 'close the branch, or go to the one it belongs to'],
    ['right | l', 'open-branch', 'open the branch, or go into it'],
    ['=', 'node-menu', 'menu of the field: apply as column, prepare or apply as filter, copy', 'field menu'],
    ['e', 'toggle-all', 'open or close all branches'],
  ]),
  ...section('bytes', [
    ['left | h', 'left', 'byte before'],
    ['right | l', 'right', 'byte behind'],
    ['enter', 'accept', 'go to the field in the tree', 'field'],
  ]),
  ...section('findings', [
    ['enter', 'accept', 'go to the first packet of the evidence', 'evidence'],
    ['r', 'rule-page', "read the rule's page", 'rule page'],
    ['f', 'apply-filter', 'show only the packets of what it is about', 'filter'],
    ['space', 'toggle-branch', 'details of the finding', 'details'],
    ['\\', 'zoom', 'with the map, or without'],
  ]),
  ...section('checks', [
    ['enter', 'accept', 'go to the first packet that shows how it stands; n and N walk on from there', 'evidence'],
    ['n', 'next-match', 'next one that failed, or is undecided', 'next failed'],
    ['N', 'previous-match', 'the one before'],
    ['r', 'reload', 'check again; a file that changes is checked by itself', 'again'],
    ['space', 'toggle-branch', 'more of what is known of it', 'details'],
  ]),
  ...section('conversations', [
    ['p', 'prepare-ends', 'prepare a filter from the ends of the row: which way, and how joined to the filter', 'prepare'],
    ['a', 'apply-ends', 'apply such a filter', 'apply'],
  ]),
  ...section('stream', [
    ['e', 'show-entire', 'both sides', 'both'],
    ['c', 'show-client', 'the client only', 'client'],
    ['s', 'show-server', 'the server only', 'server'],
    ['x', 'next-layout', 'decoded (bodies unpacked and set out), as text, hex or raw', 'form'],
    ['enter', 'accept', 'go to the packet of the chunk', 'packet'],
    ['f', 'apply-filter', 'show only the packets of the stream', 'filter'],
    ['F', 'filter-stream', 'filter the stream out', 'filter out'],
    ['w', 'save', 'save what is shown: one side or both, in this form', 'save'],
    ['C', 'copy-mode', 'copy mode: the row, the chunk, or all that is shown', 'copy'],
    ['/', 'search', 'search in the stream: text, or a pattern between slashes', 'search'],
    ['n', 'next-match', 'next match'],
    ['N', 'previous-match', 'match before'],
  ]),
  ...section('traffic', [
    ['+ | =', 'split-more', 'finer steps', 'finer'],
    ['-', 'split-less', 'coarser steps', 'coarser'],
    ['\\', 'zoom', 'the whole capture on the screen', 'whole'],
    ['b', 'as-chart', 'packets or bytes', 'bytes'],
    ['left | h', 'left', 'step before'],
    ['right | l', 'right', 'step behind'],
    ['n', 'next-match', 'next step with a packet (of the filter)', 'next'],
    ['N', 'previous-match', 'step with a packet before'],
    ['enter', 'accept', 'show the packets of the step', 'packets'],
    ['/', 'filter', 'edit the display filter, in the packets'],
  ]),
  ...section('ladder', [
    ['enter', 'accept', 'go to the packet of the arrow', 'packet'],
    ['b', 'only-broken', 'only packets that are part of a fault, or all', 'broken'],
    ['t', 'clock', 'times: since the first packet, of day, or since the arrow above', 'times'],
    ['n', 'next-match', 'next arrow that goes wrong', 'next'],
    ['N', 'previous-match', 'arrow before that goes wrong'],
    ['left | h', 'left', 'what is further left, where the ladder is wider than the screen'],
    ['right | l', 'right', 'what is further right'],
    [']', 'next-tab', 'later packets of a long conversation'],
    ['[', 'previous-tab', 'earlier packets'],
    ['s', 'stream', 'follow the stream of the packet'],
    ['!', 'finding', 'the finding that is shown'],
  ]),
  ...section('sequence', [
    ['enter', 'accept', 'go to the packet', 'packet'],
    ['n', 'next-match', 'next retransmission, gap, duplicate ACK ...', 'next'],
    ['N', 'previous-match', 'the one before'],
    ['] | [', 'next-tab', 'the other direction', 'direction'],
    ['+ | =', 'split-more', 'half the time, around the chosen packet', 'finer'],
    ['-', 'split-less', 'twice the time', 'coarser'],
    ['\\', 'zoom', 'the whole connection'],
    ['x', 'next-layout', 'as braille, or in plain signs'],
    ['s', 'stream', 'follow the stream', 'stream'],
  ]),
  ...section('diff', [
    ['enter', 'accept', 'go to a packet that shows the difference', 'packet'],
    ['space', 'toggle-branch', 'further down in the two ladders', 'more'],
  ]),
  ...section('tables', [
    ['enter', 'accept', 'show the packets of the row', 'packets'],
    ['o', 'sort', 'order by the next column', 'order'],
    ['O', 'reverse-sort', 'turn the order round'],
    ['] | right | l', 'next-tab', 'next tab'],
    ['[ | left | h', 'previous-tab', 'tab before'],
    ['L', 'limit-to-filter', 'only what the display filter shows', 'limit'],
    ['/', 'filter', 'edit the display filter, in the packets'],
    ['f', 'apply-filter', 'show only the packets of the row'],
    ['p', 'prepare-filter', 'put a filter for the row into the filter line', 'prepare'],
    ['space', 'first-packet', 'go to the first packet of the row; the filter stays', 'first packet'],
    ['s', 'stream', 'follow the stream of the row', 'stream'],
    ['!', 'finding', 'the finding that the row is marked for', 'finding'],
    ['\\', 'zoom', 'more room for what is known of the row, none, or some'],
  ]),
  ...section('packets', [
    ['/', 'filter', 'edit the display filter; Enter applies it', 'filter'],
    ['ctrl-f', 'search', 'search: opens, takes the focus, closes', 'search'],
    ['tab', 'next-pane', 'next pane', 'pane'],
    ['shift-tab', 'previous-pane', 'pane before'],
    ['ctrl-w ctrl-w | ctrl-w w', 'next-pane', 'next pane'],
    ['ctrl-w W', 'previous-pane', 'pane before'],
    ['ctrl-w =', 'equal-panes', 'panes of equal size'],
    ['+', 'split-more', 'more room for the packet list'],
    ['-', 'split-less', 'less room for the packet list'],
    ['<', 'split-left', 'move the upright split left'],
    ['>', 'split-right', 'move the upright split right'],
    ['|', 'next-layout', 'next layout of the panes', 'layout'],
    ['\\', 'zoom', 'the pane alone, and back', 'zoom'],
    ['enter', 'accept', 'look at the packet: go on to its tree'],
    ['n', 'next-match', 'next match of the search, or next evidence of the finding', 'next'],
    ['N', 'previous-match', 'match or evidence before'],
    ['space', 'mark-packet', 'mark the packet for saving, or not, and go on to the next'],
    ['V', 'mark-range', 'mark all that are shown from the packet marked last to this one'],
    ['U', 'unmark-all', 'take all these marks away'],
    ['m *', 'mark', 'mark the packet: a-z in this run, A-Z in the file'],
    ["' '", 'jump-back', 'jump back'],
    ["' *", 'go-to-mark', 'jump to a mark'],
    ['s', 'stream', 'follow the stream of the packet', 'stream'],
    ['o', 'sort', 'order by the next column'],
    ['O', 'reverse-sort', 'turn the order round'],
    ['t', 'time-format', 'next form of the time: since the start, the packet before, time of day, date; UTC, local', 'time'],
    ['x', 'clear-filter', 'show all packets again'],
    ['F', 'follow-end', 'follow the end of a growing capture'],
    ['ctrl-r', 'recent-filters', 'recent filters'],
  ]),
  ...section('copy', [
    ['left | h', 'left', 'more of it', 'more'],
    ['right | l', 'right', 'less of it', 'less'],
    ['enter | ctrl-c', 'accept', 'copy', 'copy'],
    ['c', 'close', 'leave copy mode'],
  ]),
  ...section('text', [
    ['/', 'search', 'search in the text', 'search'],
    ['n', 'next-match', 'next match'],
    ['N', 'previous-match', 'match before'],
  ]),
  ...section('dialogs', [
    ['esc | q', 'close', 'close', 'close'],
    ['enter', 'accept', 'choose', 'choose'],
    ['z', 'maximise', 'largest size, and back', 'size'],
    ['tab', 'next-tab', 'next part'],
    ['shift-tab', 'previous-tab', 'part before'],
  ]),
  ...section('columns', [
    ['space', 'toggle', 'show or hide the column', 'show'],
    ['K', 'move-up', 'move the column before the one above', 'up'],
    ['J', 'move-down', 'move it behind the one below', 'down'],
    ['a', 'add', 'new column: any field; ip.src#2 and outer.ip.src too', 'add'],
    ['t', 'rename', 'its title', 'title'],
    ['i', 'import', "columns of Wireshark's preferences", 'import'],
    ['delete | D', 'remove', 'remove the column', 'remove'],
    ['R', 'remove-all', 'the columns as they were at first'],
  ]),
  ...section('decode-as', [
    ['a', 'add', 'new rule; it starts with the port of the selected packet', 'add'],
    ['delete | D', 'remove', 'remove the rule', 'remove'],
    ['R', 'remove-all', 'remove all rules: decode as at first'],
  ]),
  ...section('lists', [
    ['j | down', 'down', 'down (5j: five rows)'],
    ['k | up', 'up', 'up'],
    ['h | left', 'left', 'left'],
    ['l | right', 'right', 'right'],
    ['pgdn | ctrl-d', 'page-down', 'page down'],
    ['pgup | ctrl-u', 'page-up', 'page up'],
    ['g g | home', 'top', 'first row (5gg: row five)'],
    ['G | end', 'bottom', 'last row (123G: row 123)'],
  ]),
  ...section('everywhere', [
    ['?', 'help', 'help: all keys', 'help'],
    ['esc', 'step-back', 'one step back: closes what is open, then the view before; else nothing'],
    ['M | f10', 'menu', 'the menu', 'menu'],
    [':', 'command-line', 'command line; tab completes', 'command'],
    ['alt-*', 'view', 'view by its number, at once'],
    ['}', 'next-view', 'next view'],
    ['{', 'previous-view', 'view before'],
    ['backspace', 'back', 'back to the view before'],
    ['c', 'copy-mode', 'copy mode: left widens, right narrows, Enter or ctrl-c copies', 'copy'],
    ['d', 'decode-as', 'decode as: another protocol for a port'],
    ['A', 'names', 'names of pods, services and nodes in place of addresses, and back'],
    ['i', 'capture-properties', 'capture file properties'],
    ['y', 'ladder', 'ladder: the packets of this conversation, journey or finding from place to place', 'ladder'],
    ['S', 'sequence', 'sequence numbers of a TCP connection over time'],
    ['v', 'checks', 'the expectations that were given (--expect), and how they stand'],
    ['ctrl-o', 'open-file', 'open a capture: those opened last, and those of the current folder'],
    ['C', 'comment', 'comment on the packet, in the capture properties on the capture; saved with w'],
    ['w', 'save', 'write the shown packets into a pcapng file', 'save'],
    ['T', 'theme', 'next theme'],
    ['ctrl-c', 'stop', 'stop the load, the capture that is followed, or the search; else quit'],
    ['ctrl-l', 'redraw', 'draw the screen anew'],
    ['ctrl-z', 'suspend', 'suspend; fg resumes'],
    ['q | Q', 'quit', 'quit, after a question', 'quit'],
    ['Z Z', 'quit-now', 'quit at once'],
  ]),
  ...section('analysis', [
    ['p', 'capture-properties', 'capture file properties'],
    ['f', 'stream', 'follow stream'],
    ['c', 'conversations', 'conversations'],
    ['y', 'ladder', 'ladder'],
  ]),
  ...section('misc', [
    ['o', 'open-file', 'open a capture'],
    ['d', 'dark-mode', 'dark or light'],
    ['c', 'packet-colors', 'colours of packets on or off'],
    ['ctrl-f', 'search', 'search'],
    ['ctrl-w', 'clear-packets', 'clear the packets: show none until the next filter'],
    ['s', 'save', 'save the shown packets'],
    ['e', 'columns', 'edit columns'],
    ['D', 'decode-as', 'decode as'],
    ['m', 'marks', 'marks'],
    ['T', 'choose-theme', 'a theme, from a list'],
    ['t', 'choose-time', 'a form of the time, from a list'],
    ['p', 'choose-point', 'a capture point, from a list: its first frame'],
    ['f', 'choose-stream', 'a conversation to follow, from a list'],
    ['r', 'reload', 'read the captures again'],
    ['l', 'log', 'log'],
    ['?', 'help', 'help'],
    ['q', 'quit', 'quit'],
  ]),
];

export const PLACES: Readonly<Record<Place, string>> = {
  everywhere: 'Everywhere',
  packets: 'Packets',
  lists: 'Lists and text',
  tree: 'Packet structure',
  bytes: 'Bytes',
  findings: 'Findings',
  checks: 'Checks',
  tables: 'Tables',
  conversations: 'Conversations',
  stream: 'Follow stream',
  traffic: 'Traffic',
  ladder: 'Ladder',
  sequence: 'Sequence',
  diff: 'Diff',
  text: 'Pages',
  copy: 'Copy mode',
  dialogs: 'Dialogs',
  columns: 'Columns',
  'decode-as': 'Decode as',
  analysis: 'Menu: Analysis',
  misc: 'Menu: Misc',
};

export type Match =
  | { readonly kind: 'action'; readonly action: Action; readonly argument: Key }
  | { readonly kind: 'more' }
  | { readonly kind: 'none' };

const sequences = KEYS.flatMap((binding) => binding.keys.map((text) => ({ binding, keys: text.split(' ') })));

const fits = (wanted: string, key: Key): boolean =>
  wanted === key ||
  (wanted === '*' && [...key].length === 1) ||
  (wanted.endsWith('-*') && key.startsWith(wanted.slice(0, -1)) && key.length === wanted.length);

/** What the keys typed so far mean at these places; the first place that knows them wins. */
export function match(typed: readonly Key[], places: readonly Place[]): Match {
  let goesOn = false;
  for (const place of places) {
    for (const { binding, keys } of sequences) {
      if (binding.where !== place || keys.length < typed.length) continue;
      if (!typed.every((key, i) => fits(keys[i], key))) continue;
      if (keys.length === typed.length && !goesOn)
        return { kind: 'action', action: binding.action, argument: typed.at(-1)!.replace(/^alt-/, '') };
      goesOn = true;
    }
  }
  return { kind: goesOn ? 'more' : 'none' };
}

/** The bindings for the footer, of the places in their order; each action once, and none whose key means something nearer. */
export function hints(places: readonly Place[]): Binding[] {
  const seen = new Set<Action>();
  const taken = new Set<string>();
  const out: Binding[] = [];
  for (const place of places) {
    const here = KEYS.filter(({ where }) => where === place);
    for (const binding of here) {
      if (binding.hint === undefined || seen.has(binding.action) || taken.has(binding.keys[0])) continue;
      seen.add(binding.action);
      out.push(binding);
    }
    for (const { keys } of here) for (const key of keys) taken.add(key);
  }
  return out;
}
