// The application: one session, the views on it, dialogs above them, and the way from a key to an action and back to the screen.

import { basename, resolve } from 'node:path';
import { displayWidth, plainWidth, safeText } from '../bytes/text.js';
import { count, duration, grouped, quantity } from '../bytes/units.js';
import { HopscopeError } from '../errors.js';
import { ColumnsEditor } from './columns-editor.js';
import { type Commander, commandHelp, completeCommand, mapped, runCommand } from './commands.js';
import { CopyMode } from './copy-mode.js';
import { DecodeAsDialog } from './decode-as.js';
import { countFindings, countsText, findingLines } from './findings/list.js';
import { Trail } from './findings/trail.js';
import { helpLines } from './help.js';
import { type Action, hints, match, type Place, shownKeys } from './keys.js';
import { Menu } from './menu.js';
import { PacketsView } from './packets/packets-view.js';
import type { Key, Mouse } from './screen/input.js';
import { box, cell, ends, fit, type Overlay, type Picture, type Row, type Span, span, widthOf } from './screen/paint.js';
import { type Ending, Terminal } from './screen/terminal.js';
import { type Depth, THEMES, type Theme, theme } from './screen/theme.js';
import type { Session } from './session.js';
import type { SettingsStore } from './settings.js';
import type { Dialog, View } from './view.js';
import { VIEWS } from './views.js';
import { ask, type Choice, LineDialog, ListDialog } from './widgets/dialogs.js';
import { LineInput } from './widgets/line-input.js';
import { Pager, type TextLine } from './widgets/pager.js';

export const LEAST_WIDTH = 60;
export const LEAST_HEIGHT = 15;
/** A digit is a view when nothing follows it within this time; else it is a count. */
const DIGIT_MS = 300;
/** Between two drawings: 60 a second for keys, fewer for what comes by itself. */
const FRAME_MS = 16;
const NEWS_MS = 80;
/** Tabs of the views get a line of their own from this height on. */
const TABS_FROM = 28;
const MAX_FEED = 1000;
/** Cells of the bar that shows how far the reading is. */
const BAR = 8;
/** Facts of the title that stay when it is narrow. */
const [DAMAGED, STOPPED] = ['damaged', 'stopped'];
const WARNINGS = new Set([DAMAGED, STOPPED]);
/** After the start, what is needed later is made ready. */
const WARM_MS = 400;

export interface AppOptions {
  readonly session: Session;
  readonly settings: SettingsStore;
  readonly depth: Depth;
  /** Where keys come from. */
  readonly input: NodeJS.ReadStream;
  /** Opens other captures, or the same again without files. */
  open(files: readonly string[]): Promise<Session>;
}

type Message = { readonly text: string; readonly kind: 'info' | 'good' | 'error' };

export class App implements Commander {
  readonly settings: SettingsStore;
  session: Session;
  theme: Theme;
  changes = 0;
  private readonly terminal: Terminal;
  private readonly trail = new Trail();
  private packets: PacketsView;
  private readonly views = new Map<string, View>();
  private readonly past: string[] = [];
  private current = 'packets';
  private dialogs: Dialog[] = [];
  private readonly maximised = new WeakSet<Dialog>();
  private message: Message | null = null;
  private typed: Key[] = [];
  private count = '';
  private digitTimer: NodeJS.Timeout | null = null;
  private commandLine: LineInput | null = null;
  private commandChoices: readonly string[] = [];
  private readonly commandsPast: string[] = [];
  private commandAt = -1;
  private drawTimer: NodeJS.Timeout | NodeJS.Immediate | null = null;
  private newsTimer: NodeJS.Timeout | null = null;
  private drawnAt = 0;
  private bodyTop = 1;
  private dialogPlaces: {
    readonly dialog: Dialog;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }[] = [];
  private hadError = false;
  private done: (code: number) => void = () => {};
  private failed: (error: unknown) => void = () => {};

  constructor(private readonly options: AppOptions) {
    this.session = options.session;
    this.settings = options.settings;
    this.theme = theme(options.settings.all.theme, options.depth);
    this.packets = new PacketsView(this, this.trail);
    this.terminal = new Terminal(
      {
        key: (key) => this.onKey(key),
        mouse: (mouse) => this.onMouse(mouse),
        paste: (text) => this.onPaste(text),
        resize: () => this.drawNow(),
        end: (ending) => this.onEnd(ending),
      },
      options.input,
    );
    this.listen();
  }

  /** Resolves to the exit code when the user has left; the terminal is restored. */
  run(): Promise<number> {
    const ended = new Promise<number>((resolve, reject) => {
      this.done = resolve;
      this.failed = reject;
    });
    if (this.settings.problem !== null) this.say(this.settings.problem, 'error');
    this.drawNow();
    // The first filter that is typed finds the names of all fields gathered.
    setTimeout(() => {
      this.rememberFiles();
      this.session.complete('i', 1);
    }, WARM_MS).unref();
    return ended;
  }

  private rememberFiles(): void {
    for (const { file } of this.session.captures) if (file !== '-') this.settings.remember('recentFiles', resolve(file));
  }

  private listen(): void {
    const { session } = this;
    session.onChange = () => {
      if (this.session !== session) return;
      this.changes++;
      const { error } = session.load;
      if (error !== null && !this.hadError) {
        this.hadError = true;
        this.say(error, 'error');
      }
      this.newsTimer ??= setTimeout(() => {
        this.newsTimer = null;
        // Not through redraw(): a key that comes right behind is not kept waiting.
        if (this.drawTimer === null) this.drawNow();
      }, NEWS_MS);
    };
  }

  private onEnd(ending: Ending): void {
    this.stopTimers();
    const over = () => (ending.kind === 'signal' ? this.done(ending.code) : this.failed(ending.error));
    this.session.close().then(over, over);
  }
  private stopTimers(): void {
    for (const timer of [this.digitTimer, this.newsTimer]) if (timer !== null) clearTimeout(timer);
    if (this.drawTimer !== null) {
      clearTimeout(this.drawTimer as NodeJS.Timeout);
      clearImmediate(this.drawTimer as NodeJS.Immediate);
    }
    this.drawTimer = null;
    // Nothing is drawn any more.
    this.drawNow = () => {};
  }

  quit(): void {
    const isDamaged = this.session.load.error !== null;
    this.terminal.close();
    this.stopTimers();
    const over = () => this.done(isDamaged ? 4 : 0);
    this.session.close().then(over, (error) => this.failed(error));
  }

  // ---- drawing

  redraw(): void {
    if (this.drawTimer !== null) return;
    const draw = () => {
      this.drawnAt = performance.now();
      this.drawNow();
    };
    const wait = this.drawnAt + FRAME_MS - performance.now();
    this.drawTimer = wait > 0 ? setTimeout(draw, wait) : setImmediate(draw);
  }

  private drawNow = (): void => {
    this.drawTimer = null;
    this.terminal.setMouse(this.settings.all.mouse);
    this.terminal.draw(this.picture(this.terminal.width, this.terminal.height));
  };

  private get view(): View {
    if (this.current === 'packets') return this.packets;
    let view = this.views.get(this.current);
    if (view === undefined) {
      view = VIEWS.find(({ name }) => name === this.current)!.create(this, this.trail);
      this.views.set(this.current, view);
    }
    return view;
  }

  /** The whole screen. */
  picture(width: number, height: number): Picture {
    const { settings, options } = this;
    if (this.theme.name !== settings.all.theme && options.depth > 0) this.theme = theme(settings.all.theme, options.depth);
    const { theme: t } = this;
    if (width < LEAST_WIDTH || height < LEAST_HEIGHT) {
      const text = `hopscope needs ${LEAST_WIDTH}x${LEAST_HEIGHT}, this is ${width}x${height}; q quits`;
      return { rows: Array.from({ length: height }, (_, y) => [cell(y === 0 ? text : '', width, t.text)]) };
    }
    const rows: Row[] = [this.titleRow(width)];
    if (height >= TABS_FROM) rows.push(this.tabsRow(width));
    this.bodyTop = rows.length;
    const body = this.view.draw(width, height - rows.length - 1);
    const overlays: Overlay[] = (body.overlays ?? []).map(({ x, y, rows: r }) => ({ x, y: y + this.bodyTop, rows: r }));
    let cursor = body.cursor ? { x: body.cursor.x, y: body.cursor.y + this.bodyTop } : null;
    rows.push(...body.rows);
    const footer = this.footer(width);
    rows.push(footer.row);
    if (footer.x !== null) cursor = { x: footer.x, y: height - 1 };
    if (this.commandChoices.length > 1) overlays.push(this.commandList(width, height));
    this.dialogPlaces = [];
    for (const dialog of this.dialogs) {
      const wanted = this.maximised.has(dialog) ? { width, height } : dialog.size(width, height - 2);
      const inner = {
        width: Math.max(10, Math.min(wanted.width, width - 2)),
        height: Math.max(1, Math.min(wanted.height, height - 4)),
      };
      const picture = dialog.draw(inner.width, inner.height);
      const x = (width - inner.width - 2) >> 1;
      const y = Math.max(1, (height - inner.height - 2) >> 1);
      overlays.push({ x, y, rows: box(picture.rows, inner.width, dialog.title, t.edgeFocus, t.heading) });
      this.dialogPlaces.push({ dialog, x: x + 1, y: y + 1, ...inner });
      cursor = picture.cursor ? { x: x + 1 + picture.cursor.x, y: y + 1 + picture.cursor.y } : null;
    }
    return { rows, cursor, ...(overlays.length === 0 ? {} : { overlays }) };
  }

  private titleRow(width: number): Row {
    const { theme: t, session } = this;
    const { captures, load } = session;
    const names = captures.map(({ file }) => (file === '-' ? 'standard input' : basename(file)));
    const files = names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(' + ');
    const types = [...new Set(captures.flatMap(({ linkTypes }) => linkTypes))].map((one) => one.replace(/^LINUX_/, ''));
    const interfaces = captures.reduce((sum, one) => sum + one.interfaces, 0);
    const facts = [
      load.frames === 0 && load.state === 'running' ? '' : quantity(load.frames, 'packet'),
      types.join(' '),
      interfaces > 0 ? quantity(interfaces, 'interface') : '',
      load.error === null ? '' : DAMAGED,
      load.state === 'stopped' ? STOPPED : '',
    ].filter((fact) => fact !== '');
    const counts = countFindings(findingLines(session));
    const attr = counts.faults > 0 ? t.barError : counts.open > 0 ? t.barWarning : t.barGood;
    const sign = counts.faults > 0 ? '! ' : counts.open > 0 ? '? ' : '';
    const known = session.findingsKnown || counts.faults + counts.open > 0;
    const right: Span[] = [span(known ? ` ${sign}${countsText(counts)} ` : '', attr), { text: '  ? help ', attr: t.bar }];
    const left = (): Span[] => [
      { text: ' hopscope  ', attr: t.barStrong },
      span(files, t.bar),
      ...facts.flatMap((fact) => [{ text: '  ', attr: t.bar }, span(fact, WARNINGS.has(fact) ? t.barWarning : t.bar)]),
      { text: ' ', attr: t.bar },
    ];
    // A fact that does not fit is left out whole: half a number is another number.
    while (widthOf(left()) + widthOf(right) > width) {
      const last = facts.findLastIndex((fact) => !WARNINGS.has(fact));
      if (last < 0) break;
      facts.splice(last, 1);
    }
    return ends(left(), right, width, t.bar);
  }

  private tabsRow(width: number): Row {
    const { theme: t } = this;
    const spans: Span[] = [];
    for (const { name, digit, title } of [{ name: 'packets', digit: '1', title: 'Packets' }, ...VIEWS]) {
      if (digit === '' && name !== this.current) continue;
      const isHere = name === this.current;
      spans.push({ text: ` ${digit}`, attr: t.key }, { text: ` ${title} `, attr: isHere ? t.heading : t.dim });
    }
    return fit(spans, width, t.text);
  }

  private footer(width: number): { readonly row: Row; readonly x: number | null } {
    const { theme: t, commandLine } = this;
    if (commandLine !== null) {
      const drawn = commandLine.draw(width - 1, t.text);
      return { row: [{ text: ':', attr: t.key }, ...drawn.row], x: drawn.x + 1 };
    }
    const progress = this.progress();
    if (this.typed.length > 0 || this.count !== '') {
      const view = VIEWS.find(({ digit }) => digit === this.count)?.title ?? (this.count === '1' ? 'Packets' : null);
      const text = [this.count, ...this.typed.map(shownKeys)].filter(Boolean).join(' ');
      const more = this.count === '' ? '' : `  gg, G: row ${this.count}${view === null ? '' : ` · or view ${view}`}`;
      return { row: ends([span(` ${text} …`, t.key), span(more, t.dim)], progress, width, t.text), x: null };
    }
    if (this.message !== null) {
      const { text, kind } = this.message;
      const attr = kind === 'error' ? t.error : kind === 'good' ? t.good : t.text;
      const sign = kind === 'error' ? '× ' : '';
      const room =
        displayWidth(text) + 4 > width - progress.reduce((sum, one) => sum + displayWidth(one.text), 0) ? [] : progress;
      return { row: ends([span(` ${sign}${text}`, attr)], room, width, t.text), x: null };
    }
    const spans: Span[] = [];
    let used = 1;
    const room = width - progress.reduce((sum, one) => sum + displayWidth(one.text), 0) - 1;
    for (const { keys, hint } of hints(this.dialogs.length > 0 ? this.target.places() : this.places())) {
      const key = shownKeys(keys[0]!);
      const size = displayWidth(key) + hint!.length + 3;
      if (used + size > room) break;
      spans.push({ text: ` ${key}`, attr: t.key }, { text: ` ${hint} `, attr: t.dim });
      used += size;
    }
    return { row: ends(spans, progress, width, t.text), x: null };
  }

  /** How the reading goes: a bar, the part, the rate and what is left. */
  private progress(): Row {
    const { theme: t, session } = this;
    const { state, frames, bytes, totalBytes, framesPerSecond } = session.load;
    const rate = framesPerSecond > 0 ? ` ${count(framesPerSecond)}/s` : '';
    if (state === 'following') return [span(` ● live${rate} `, t.good)];
    if (state !== 'running') return [];
    if (!totalBytes) return [span(` reading${rate}, ctrl-c stops `, t.accent)];
    const part = Math.min(1, bytes / totalBytes);
    const wide = Math.round(part * BAR);
    // The first rate is that of the start, not of the reading.
    const left = part >= 0.01 && framesPerSecond > 0 ? leftText(((totalBytes - bytes) * frames) / bytes / framesPerSecond) : '';
    return [
      span(' ', t.text),
      span('█'.repeat(wide), t.accent),
      span('░'.repeat(BAR - wide), t.dim),
      span(` ${Math.floor(part * 100)} %${rate}${left} `, t.text),
    ];
  }

  private commandList(width: number, height: number): Overlay {
    const { theme: t } = this;
    const shown = this.commandChoices.slice(0, 8);
    const size = Math.min(width - 2, Math.max(...shown.map((one) => displayWidth(plainWidth(one)))) + 2);
    const rows: Row[] = shown.map((one) => [cell(` ${one}`, size, t.bar)]);
    if (this.commandChoices.length > shown.length)
      rows.push([cell(` … ${this.commandChoices.length - shown.length} more`, size, t.bar)]);
    return { x: 1, y: height - 1 - rows.length, rows };
  }

  // ---- from keys to actions

  private get target(): View {
    return this.dialogs.at(-1) ?? this.view;
  }
  private places(): readonly Place[] {
    return [...this.target.places(), 'everywhere'];
  }

  private onKey(key: Key, depth = 0): void {
    this.message = null;
    this.redraw();
    if (this.terminal.width < LEAST_WIDTH || this.terminal.height < LEAST_HEIGHT) {
      if (key === 'q' || key === 'ctrl-c') this.quit();
      return;
    }
    if (this.commandLine !== null) {
      this.typeCommand(key);
      return;
    }
    const isFree = this.typed.length === 0;
    if (isFree && key !== 'ctrl-c' && this.target.type?.(key)) return;
    if (isFree && depth < 10) {
      const keys = mapped(key, this.settings.all.maps);
      if (keys !== null) {
        for (const one of keys.slice(0, MAX_FEED)) this.onKey(one, depth + 1);
        return;
      }
    }
    if (isFree && /^\d$/.test(key) && (this.count !== '' || key !== '0')) {
      this.digit(key);
      return;
    }
    if (this.digitTimer !== null) clearTimeout(this.digitTimer);
    this.digitTimer = null;
    if ((this.count !== '' || !isFree) && key === 'esc') {
      this.forgetTyped();
      return;
    }
    this.typed.push(key);
    const found = match(this.typed, this.places());
    if (found.kind === 'more') return;
    const count = this.count === '' ? null : Math.min(Number(this.count), 2 ** 31);
    const isWrong = found.kind === 'none' && this.typed.length > 1;
    const keys = this.typed.map(shownKeys).join(' ');
    this.forgetTyped();
    if (found.kind === 'action') this.act(found.action, count, found.argument);
    else if (isWrong) this.say(`${keys} means nothing here; ? shows the keys`);
  }

  private forgetTyped(): void {
    this.typed = [];
    this.count = '';
    if (this.digitTimer !== null) clearTimeout(this.digitTimer);
    this.digitTimer = null;
  }

  private digit(key: Key): void {
    if (this.digitTimer !== null) clearTimeout(this.digitTimer);
    this.digitTimer = null;
    this.count = (this.count + key).slice(0, 10);
    if (this.count.length > 1 || this.dialogs.length > 0) return;
    this.digitTimer = setTimeout(() => {
      this.forgetTyped();
      this.showNumber(key);
      this.redraw();
    }, DIGIT_MS);
  }
  private showNumber(digit: string): void {
    const name = digit === '1' ? 'packets' : VIEWS.find((view) => view.digit === digit)?.name;
    if (name === undefined) this.say(`no view has the number ${digit}`);
    else this.show(name);
  }

  private onPaste(text: string): void {
    this.redraw();
    if (this.commandLine !== null) this.commandLine.insert(text);
    else this.target.paste?.(text);
  }

  private onMouse(mouse: Mouse): void {
    this.redraw();
    const dialog = this.dialogPlaces.at(-1);
    if (dialog !== undefined) {
      const [x, y] = [mouse.x - dialog.x, mouse.y - dialog.y];
      if (x >= 0 && y >= 0 && x < dialog.width && y < dialog.height) dialog.dialog.mouse?.({ ...mouse, x, y });
      else if (mouse.action === 'press') this.close(dialog.dialog);
      return;
    }
    if (mouse.action === 'press') this.message = null;
    if (mouse.y === 0 && mouse.action === 'press') {
      if (mouse.x >= this.terminal.width - 8) this.act('help');
      else if (mouse.x < 11) this.act('menu');
      return;
    }
    if (this.bodyTop === 2 && mouse.y === 1 && mouse.action === 'press') {
      this.clickTab(mouse.x);
      return;
    }
    if (mouse.y < this.bodyTop || mouse.y >= this.terminal.height - 1) return;
    this.view.mouse?.({ ...mouse, y: mouse.y - this.bodyTop });
  }
  private clickTab(x: number): void {
    let from = 0;
    for (const { name, digit, title } of [{ name: 'packets', digit: '1', title: 'Packets' }, ...VIEWS]) {
      if (digit === '' && name !== this.current) continue;
      const size = digit.length + title.length + 3;
      if (x >= from && x < from + size) this.show(name);
      from += size;
    }
  }

  act(action: Action, count: number | null = null, argument: Key = ''): void {
    const dialog = this.dialogs.at(-1);
    if (dialog !== undefined) {
      if (dialog.act(action, count, argument)) return;
      if (action === 'maximise') {
        if (!this.maximised.delete(dialog)) this.maximised.add(dialog);
        return;
      }
      if (action === 'close' || action === 'menu' || action === 'stop') {
        this.close(dialog);
        return;
      }
    } else if (this.view.act(action, count, argument)) return;
    this.actAnywhere(action, argument, dialog !== undefined);
  }

  private actAnywhere(action: Action, argument: Key, isInDialog: boolean): void {
    if (action === 'redraw') {
      this.terminal.redraw();
      return;
    }
    if (action === 'suspend') {
      this.terminal.suspend();
      return;
    }
    if (action === 'quit-now') {
      this.quit();
      return;
    }
    if (isInDialog) return;
    switch (action) {
      case 'stop':
        if (this.session.load.state === 'running' || this.session.packets.progress.state === 'running') {
          this.session.stop();
          this.say('stopped; what was read is kept');
        } else this.quit();
        break;
      case 'quit':
        ask(this, 'Quit hopscope?', () => this.quit());
        break;
      case 'help': {
        const lines = helpLines(this.theme, this.places(), commandHelp);
        this.open(new Pager(this, 'Help', () => lines));
        break;
      }
      case 'menu':
        this.open(new Menu(this));
        break;
      case 'command-line':
        this.commandLine = new LineInput();
        this.commandAt = -1;
        break;
      case 'view':
        this.showNumber(argument);
        break;
      case 'next-view':
      case 'previous-view': {
        const names = ['packets', ...VIEWS.filter(({ digit }) => digit !== '').map(({ name }) => name)];
        const at = names.indexOf(this.current) + (action === 'next-view' ? 1 : -1);
        this.show(names[(at + names.length) % names.length]!);
        break;
      }
      case 'back': {
        const name = this.past.pop();
        if (name !== undefined) {
          this.current = name;
          this.view.shown?.(this.packet);
        }
        break;
      }
      case 'theme':
        this.settings.change({ theme: THEMES[(THEMES.indexOf(this.settings.all.theme) + 1) % THEMES.length]! });
        this.say(this.options.depth === 0 ? 'this terminal has no colours' : `theme ${this.settings.all.theme}`);
        break;
      case 'dark-mode':
        this.settings.change({ theme: this.theme.isDark ? 'light' : 'dark' });
        break;
      case 'packet-colors':
        this.settings.change({ packetColors: !this.settings.all.packetColors });
        break;
      case 'copy-mode': {
        const texts = this.view.copies?.() ?? [];
        if (texts.length === 0) this.say('nothing to copy here');
        else this.open(new CopyMode(this, texts));
        break;
      }
      case 'save':
        this.askWhereToSave();
        break;
      case 'decode-as':
        this.open(new DecodeAsDialog(this, (rules) => this.tryDecode(rules)));
        break;
      case 'columns':
        this.open(new ColumnsEditor(this));
        break;
      case 'clear-packets':
        this.filter('frame.number == 0', true);
        break;
      case 'marks':
        this.openMarks();
        break;
      case 'reload':
        this.load([]);
        break;
      case 'log':
        this.openLog();
        break;
      case 'capture-properties':
        this.show('properties');
        break;
      case 'stream':
      case 'conversations':
        this.show(action);
        break;
      case 'search':
      case 'filter':
      case 'recent-filters':
        if (this.current === 'packets') break;
        this.show('packets');
        this.packets.act(action, null, '');
        break;
      case 'next-match':
      case 'previous-match':
        this.trail.walk(this, action === 'next-match' ? 1 : -1);
        break;
      default:
    }
  }

  private typeCommand(key: Key): void {
    const input = this.commandLine!;
    const close = () => {
      this.commandLine = null;
      this.commandChoices = [];
    };
    if (key === 'enter') {
      const { text } = input;
      close();
      if (text.trim() !== '') this.commandsPast.unshift(text);
      this.command(text);
    } else if (key === 'esc' || key === 'ctrl-c') close();
    else if (key === 'tab') {
      const { line, choices } = completeCommand(input.text, this);
      input.set(line);
      this.commandChoices = choices;
    } else if (key === 'up' || key === 'down') {
      this.commandAt = Math.max(-1, Math.min(this.commandAt + (key === 'up' ? 1 : -1), this.commandsPast.length - 1));
      input.set(this.commandsPast[this.commandAt] ?? '');
    } else if (key === 'backspace' && input.text === '') close();
    else {
      this.commandChoices = [];
      input.type(key);
    }
  }
  command(line: string): void {
    const wrong = runCommand(line, this);
    if (wrong !== null) this.say(wrong, 'error');
  }

  // ---- what views ask for

  say(text: string, kind: Message['kind'] = 'info'): void {
    this.message = { text: safeText(text.split('\n')[0]!), kind };
    this.redraw();
  }
  open(dialog: Dialog): void {
    this.dialogs.push(dialog);
    this.redraw();
  }
  close(dialog: Dialog): void {
    this.dialogs = this.dialogs.filter((one) => one !== dialog);
    this.redraw();
  }
  show(name: string, packet = this.packet): void {
    if (name !== 'packets' && !VIEWS.some((view) => view.name === name)) {
      this.say(`no view is called ${name}`);
      return;
    }
    if (name !== this.current) {
      this.past.push(this.current);
      if (this.past.length > 50) this.past.shift();
      this.current = name;
    }
    this.view.shown?.(packet);
    this.redraw();
  }
  filter(text: string, apply: boolean, packet?: number): void {
    this.show('packets');
    if (apply) this.packets.applyFilter(text, packet);
    else this.packets.prepareFilter(text);
  }
  get packet(): number {
    return this.packets.packet;
  }
  goTo(packet: number): boolean {
    this.show('packets');
    return this.packets.goTo(packet);
  }
  copy(text: string): void {
    const lines = text.split('\n').length;
    if (this.terminal.copy(text)) this.say(lines > 1 ? `${lines} lines copied` : `copied: ${text}`, 'good');
    else this.say(`${grouped(text.length)} characters are more than a terminal's clipboard takes`, 'error');
  }

  openMarks(): void {
    this.show('packets');
    this.packets.openMarks();
  }
  openRecentFiles(): void {
    const choices = this.settings.all.recentFiles.map((file): Choice => ({ text: file, choose: () => this.load([file]) }));
    this.open(new ListDialog(this, 'Recent files', choices, { empty: 'no file was opened so far' }));
  }
  private openLog(): void {
    let lines: TextLine[] = [];
    let known = -1;
    this.open(
      new Pager(this, 'Log', () => {
        const { log } = this.session;
        if (log.length !== known) {
          known = log.length;
          lines = log.map(({ time, text }) => ({
            spans: [span(`${time.toISOString().slice(11, 19)}  `, this.theme.dim), span(text, this.theme.text)],
            hang: 10,
          }));
          if (lines.length === 0) lines = [{ spans: [span('nothing to report', this.theme.dim)] }];
        }
        return lines;
      }),
    );
  }

  private askWhereToSave(): void {
    const { filter, count } = this.session.packets;
    this.open(
      new LineDialog(this, `Save ${quantity(count, 'packet')} as pcapng`, {
        note: filter === '' ? 'all packets' : `the packets of: ${filter}`,
        complete: (text) => completeCommand(`save ${text}`, this).line.slice(5).trimEnd(),
        accept: (text) => {
          if (text.trim() === '') return 'a file name is needed';
          this.save(text.trim());
          return null;
        },
      }),
    );
  }
  save(path: string): void {
    const file = path.startsWith('~/') ? `${process.env['HOME'] ?? '~'}${path.slice(1)}` : path;
    this.say(`writing ${file} …`);
    this.session.save(file, null, new AbortController().signal).then(
      (count) => this.say(`${quantity(count, 'packet')} written to ${file}`, 'good'),
      (error) => this.say(textOf(error), 'error'),
    );
  }

  decodeAs(rules: readonly string[]): void {
    const wrong = this.tryDecode(rules);
    if (wrong !== null) this.say(wrong, 'error');
  }
  private tryDecode(rules: readonly string[]): string | null {
    try {
      this.session.decodeAs(rules);
    } catch (error) {
      return textOf(error);
    }
    this.changes++;
    this.packets.forget();
    this.say(rules.length === 0 ? 'decoded as at first' : `decoded as ${rules.join(' ')}`, 'good');
    return null;
  }

  load(files: readonly string[], packet = 0): void {
    this.say('opening …');
    this.options.open(files).then(
      (session) => {
        const old = this.session;
        old.onChange = () => {};
        this.session = session;
        this.hadError = false;
        this.changes++;
        this.views.clear();
        this.dialogs = [];
        this.past.length = 0;
        this.trail.finding = -1;
        this.packets = new PacketsView(this, this.trail);
        if (packet > 0) this.packets.select(packet);
        this.show('packets');
        this.listen();
        this.rememberFiles();
        this.message = null;
        old.close().catch((error: unknown) => this.say(textOf(error), 'error'));
      },
      (error) => this.say(textOf(error), 'error'),
    );
  }
}

function textOf(error: unknown): string {
  if (error instanceof HopscopeError) return error.message;
  return error instanceof Error ? error.message : String(error);
}

/** `, 9 s left`; '' where that is not known. */
function leftText(seconds: number): string {
  return Number.isFinite(seconds) && seconds < 360_000 ? `, ${duration(Math.ceil(seconds) * 1e9)} left` : '';
}
