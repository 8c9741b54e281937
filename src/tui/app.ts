// The application: one session, the views on it and the dialogs above them; keys come in, a picture goes out.
import { safeText } from '../bytes/text.js';
import { grouped } from '../bytes/units.js';
import type { ColorRules } from './colors/rules.js';
import { showNames } from './columns/packet-columns.js';
import { fileList } from './files.js';
import { Trail } from './findings/trail.js';
import type { Action, Place } from './keys.js';
import type { Key, Mouse } from './screen/input.js';
import { cell, type Overlay, type Picture } from './screen/paint.js';
import { type Ending, Terminal } from './screen/terminal.js';
import { type Depth, isLightByEnvironment, isLightColor, type Theme, theme } from './screen/theme.js';
import { Selection } from './selection.js';
import type { Session } from './session.js';
import type { Settings, SettingsStore } from './settings.js';
import { type Actor, ANYWHERE } from './shell/actions.js';
import { CapturesAtHand, errorText, type Live } from './shell/captures.js';
import { CommandBar } from './shell/command-bar.js';
import { Dialogs } from './shell/dialogs.js';
import { footerRow, type Message } from './shell/footer.js';
import { Opening, type Start } from './shell/opening.js';
import type { Stage } from './shell/stage.js';
import { tabsRow, titleAction, titleRow } from './shell/title.js';
import { Typing, type Typist } from './shell/typing.js';
import type { StateStore } from './state.js';
import type { Dialog, View } from './view.js';
import { VIEWS } from './views.js';

export const LEAST_WIDTH = 60;
export const LEAST_HEIGHT = 15;
/** Between two drawings: 60 a second for keys, fewer for what comes by itself. */
const FRAME_MS = 16;
const NEWS_MS = 80;
/** Tabs of the views get a line of their own from this height on. */
const TABS_FROM = 24;
/** After the start, what is needed later is made ready. */
const WARM_MS = 400;
/** The view of the packets: what is selected and filtered is seen there. */
const [PACKETS] = VIEWS;

export interface AppOptions {
  readonly session: Session;
  readonly settings: SettingsStore;
  readonly state: StateStore;
  readonly colors: ColorRules;
  readonly depth: Depth;
  /** Where keys come from. */
  readonly input: NodeJS.ReadStream;
  /** What is drawn on; standard output where nothing is named. */
  readonly output?: NodeJS.WriteStream;
  /** The frame to begin at, once it was read. */
  readonly start?: Start;
  /** Packets that are captured into a file which nobody has named. */
  readonly live?: Live | undefined;
  /** Opens other captures, or the same again without files. */
  open(files: readonly string[]): Promise<Session>;
}

export class App implements Actor, Typist {
  readonly settings: SettingsStore;
  readonly colors: ColorRules;
  readonly trail = new Trail();
  readonly commandBar: CommandBar;
  session: Session;
  selection: Selection;
  stage: Stage;
  theme: Theme;
  changes = 0;
  private readonly terminal: Terminal;
  private readonly dialogs = new Dialogs();
  private readonly typing: Typing;
  private message: Message | null = null;
  private drawTimer: NodeJS.Timeout | NodeJS.Immediate | null = null;
  private newsTimer: NodeJS.Timeout | null = null;
  private drawnAt = 0;
  /** Row where the view begins. */
  private bodyTop = 1;
  private hadError = false;
  private isOver = false;
  /** The terminal, as far as it is known. */
  private isLight: boolean;
  /** What the theme was made for. */
  private themeOf = '';
  private readonly opening: Opening;
  private readonly captures: CapturesAtHand;
  private done: (code: number) => void = () => {};
  private failed: (error: unknown) => void = () => {};

  constructor(private readonly options: AppOptions) {
    this.session = options.session;
    this.opening = new Opening(options.start ?? null);
    this.captures = new CapturesAtHand(this, options);
    this.settings = options.settings;
    this.colors = options.colors;
    this.isLight = isLightByEnvironment(process.env);
    this.theme = this.themeNow();
    this.commandBar = new CommandBar(this);
    this.typing = new Typing(this);
    this.selection = new Selection(this);
    this.stage = this.opening.stage(this);
    this.terminal = new Terminal(
      {
        key: (key) => this.press(key, 0),
        mouse: (mouse) => this.onMouse(mouse),
        paste: (text) => this.onPaste(text),
        background: (color) => {
          this.isLight = isLightColor(color);
          this.redraw();
        },
        resize: () => this.drawNow(),
        end: (ending) => this.onEnd(ending),
      },
      options.input,
      options.output,
    );
    this.listen();
  }

  /** Resolves to the exit code when the user has left; the terminal is restored. */
  run(): Promise<number> {
    const ended = new Promise<number>((resolve, reject) => {
      this.done = resolve;
      this.failed = reject;
    });
    this.opening.step(this);
    // The console of Linux would show the question.
    if (this.options.depth > 0 && !/^(linux|vt\d)/.test(process.env['TERM'] ?? '')) this.terminal.askBackground();
    this.greet();
    if (this.settings.problem !== null) this.say(this.settings.problem, 'error');
    this.drawNow();
    // The first filter that is typed finds the names of all fields gathered.
    setTimeout(() => {
      this.captures.remember();
      this.session.complete('i', 1);
    }, WARM_MS).unref();
    return ended;
  }

  private greet(): void {
    const { captures, decodedAs } = this.session;
    if (captures.length === 0) this.openRecentFiles();
    else if (decodedAs.length > 0) this.say(`decoded as ${decodedAs.join(' ')}; d changes that, or drops it`);
    const uncolored = this.colors.apply(this.session);
    if (uncolored !== null) this.say(uncolored, 'error');
  }

  private listen(): void {
    const { session } = this;
    session.onChange = () => {
      if (this.session !== session) return;
      this.changes++;
      this.opening.step(this);
      const { error } = session.load;
      if (error !== null && !this.hadError) {
        this.hadError = true;
        this.say(error, 'error');
      }
      this.newsTimer ??= setTimeout(() => {
        this.newsTimer = null;
        // Not through redraw(): a key that comes right after is not kept waiting.
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
    this.isOver = true;
    this.typing.stopTimer();
    if (this.newsTimer !== null) clearTimeout(this.newsTimer);
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
    const { width, height } = this.terminal;
    this.settle(width, height);
    this.terminal.draw(this.picture(width, height));
  };

  private themeNow(): Theme {
    return theme(this.settings.all.theme, this.options.depth, this.isLight);
  }

  private get isTooSmall(): boolean {
    return this.terminal.width < LEAST_WIDTH || this.terminal.height < LEAST_HEIGHT;
  }

  /** All that changes with the size of the screen and with what is new; what follows only draws. */
  private settle(width: number, height: number): void {
    const { settings } = this;
    this.terminal.setMouse(settings.all.mouse);
    this.session.areNames = showNames(settings.all.columns);
    const wanted = `${settings.all.theme} ${this.isLight}`;
    if (wanted !== this.themeOf) {
      this.themeOf = wanted;
      this.theme = this.themeNow();
      this.terminal.setBase(this.theme);
    }
    if (this.isTooSmall) return;
    this.bodyTop = height >= TABS_FROM ? 2 : 1;
    this.view.settle?.(width, height - this.bodyTop - 1);
    this.commandBar.settle(width);
    this.dialogs.settle(width, height);
  }

  /** The whole screen. */
  private picture(width: number, height: number): Picture {
    const { theme: t, session, bodyTop } = this;
    if (this.isTooSmall) {
      const text = `hopscope needs ${LEAST_WIDTH}x${LEAST_HEIGHT}, this is ${width}x${height}; q quits`;
      return { rows: Array.from({ length: height }, (_, y) => [cell(y === 0 ? text : '', width, t.text)]) };
    }
    const body = this.view.draw(width, height - bodyTop - 1);
    const command = this.commandBar.draw(width);
    const footer = {
      pending: this.typing.pending,
      message: this.message,
      places: this.places(),
      load: session.load,
      hasTabs: bodyTop > 1,
    };
    const completions = this.commandBar.list(width, height);
    const dialogs = this.dialogs.draw(t);
    const overlays: Overlay[] = [
      ...(body.overlays ?? []).map(({ x, y, rows }) => ({ x, y: y + bodyTop, rows })),
      ...(completions === null ? [] : [completions]),
      ...dialogs.overlays,
    ];
    const bodyCursor = body.cursor ? { x: body.cursor.x, y: body.cursor.y + bodyTop } : null;
    const ownCursor = command === null ? bodyCursor : { x: command.x, y: height - 1 };
    return {
      rows: [
        titleRow(session, t, width),
        ...(bodyTop > 1 ? [tabsRow(this.stage, t, width)] : []),
        ...body.rows,
        command?.row ?? footerRow(footer, t, width),
      ],
      cursor: dialogs.cursor === undefined ? ownCursor : dialogs.cursor,
      ...(overlays.length > 0 && { overlays }),
    };
  }

  // ---- from keys to actions

  get view(): View {
    return this.stage.view;
  }
  private get target(): View {
    return this.dialogs.top ?? this.view;
  }
  places(): readonly Place[] {
    return [...this.target.places(), 'everywhere'];
  }
  get maps(): Settings['maps'] {
    return this.settings.all.maps;
  }
  get hasNumbers(): boolean {
    return this.dialogs.top === undefined;
  }
  get hasColors(): boolean {
    return this.options.depth > 0;
  }
  takesText(key: Key): boolean {
    return this.target.type?.(key) ?? false;
  }

  press(key: Key, depth: number): void {
    this.opening.touch();
    this.message = null;
    this.redraw();
    if (this.isTooSmall) {
      if (key === 'q' || key === 'ctrl-c') this.quit();
    } else if (!this.commandBar.type(key)) this.typing.press(key, depth);
  }

  private onPaste(text: string): void {
    this.opening.touch();
    this.redraw();
    if (!this.commandBar.paste(text)) this.target.paste?.(text);
  }

  private onMouse(mouse: Mouse): void {
    this.opening.touch();
    this.redraw();
    if (this.dialogs.mouse(mouse)) return;
    const isPress = mouse.action === 'press';
    if (isPress) this.message = null;
    if (mouse.y >= this.bodyTop && mouse.y < this.terminal.height - 1) this.view.mouse?.({ ...mouse, y: mouse.y - this.bodyTop });
    else if (isPress && mouse.y === 0) {
      const action = titleAction(mouse.x, this.terminal.width);
      if (action !== null) this.act(action);
    } else if (isPress && mouse.y < this.bodyTop) {
      const tab = this.stage.tabs(this.terminal.width).find(({ from, width }) => mouse.x >= from && mouse.x < from + width);
      if (tab !== undefined) this.show(tab.entry.name);
    }
  }

  /** A dialog is asked first, then the view in front, then what can be done anywhere. */
  act(action: Action, count: number | null = null, argument: Key = ''): void {
    const dialog = this.dialogs.top;
    if (dialog === undefined) {
      if (this.view.act(action, count, argument)) return;
    } else if (dialog.act(action, count, argument) || this.dialogs.act(action)) return;
    if (action === 'redraw') this.terminal.redraw();
    else if (action === 'suspend') this.terminal.suspend();
    else if (action === 'quit-now') this.quit();
    else if (dialog === undefined) this.actAnywhere(action, argument);
  }

  private actAnywhere(action: Action, argument: Key): void {
    const does = ANYWHERE[action];
    const entry = VIEWS.find(({ actions }) => actions?.includes(action));
    if (does !== undefined) does(this, argument);
    else if (entry !== undefined && entry !== this.stage.entry) {
      this.show(entry.name);
      this.view.act(action, null, '');
    }
  }

  showNumber(digit: string): void {
    const entry = VIEWS.find((view) => view.digit === digit);
    if (entry === undefined) this.say(`no view has the number ${digit}`);
    else this.show(entry.name);
  }
  openCommand(text: string): void {
    this.commandBar.open(text);
  }
  command(line: string): void {
    this.commandBar.run(line);
  }
  stop(): void {
    const { load, packets } = this.session;
    if (load.state === 'running' || load.state === 'following' || packets.progress.state === 'running') {
      this.session.stop();
      this.say('stopped; what was read is kept');
    } else if (this.unsaved === null) this.quit();
    else this.act('quit');
  }

  get unsaved(): string | null {
    return this.captures.unsaved;
  }

  // ---- what views ask for

  say(text: string, kind: Message['kind'] = 'info'): void {
    this.message = { text: safeText(text.split('\n')[0]), kind };
    this.redraw();
  }
  open(dialog: Dialog): void {
    this.dialogs.open(dialog);
    this.redraw();
  }
  close(dialog: Dialog): void {
    this.dialogs.close(dialog);
    this.redraw();
  }
  show(name: string, packet = this.packet, finding?: number): void {
    const entry = VIEWS.find((view) => view.name === name);
    if (entry === undefined) {
      this.say(`no view is called ${name}`);
      return;
    }
    const isNew = entry !== this.stage.entry;
    this.stage.show(entry, packet, finding);
    // The next key may be there already, and finds what is shown.
    if (isNew && !this.isTooSmall) this.view.settle?.(this.terminal.width, this.terminal.height - this.bodyTop - 1);
    this.redraw();
  }
  filter(text: string, apply: boolean, packet?: number): void {
    this.show(PACKETS.name);
    if (apply) this.selection.apply(text, packet);
    else this.selection.prepare(text);
  }
  get packet(): number {
    return this.selection.packet;
  }
  goTo(packet: number): boolean {
    this.show(PACKETS.name);
    return this.selection.goTo(packet);
  }
  copy(text: string): void {
    const lines = text.split('\n').length;
    if (this.terminal.copy(text)) this.say(lines > 1 ? `${lines} lines copied` : `copied: ${text}`, 'good');
    else this.say(`${grouped(text.length)} characters are more than a terminal's clipboard takes`, 'error');
  }

  openRecentFiles(): void {
    this.open(fileList(this, this.options.state));
  }
  save(path: string, replaces = false, numbers: readonly number[] | null = null): void {
    this.captures.save(path, replaces, numbers);
  }
  decodeAs(rules: readonly string[]): void {
    const wrong = this.tryDecode(rules);
    if (wrong !== null) this.say(wrong, 'error');
  }
  tryDecode(rules: readonly string[]): string | null {
    const wrong = this.captures.decode(rules);
    if (wrong === null) this.changes++;
    return wrong;
  }

  load(files: readonly string[], packet = 0): void {
    this.say('opening …');
    this.options.open(files).then(
      (session) => {
        if (this.isOver) return void session.close();
        const old = this.session;
        old.onChange = () => {};
        this.session = session;
        this.hadError = false;
        this.changes++;
        this.dialogs.closeAll();
        this.trail.forget();
        this.selection = new Selection(this);
        this.selection.want(packet);
        if (packet === 0) this.opening.again();
        this.stage = this.opening.stage(this);
        this.redraw();
        this.listen();
        this.captures.remember();
        this.message = null;
        this.greet();
        old.close().catch((error: unknown) => this.say(errorText(error), 'error'));
      },
      (error) => {
        this.say(errorText(error), 'error');
        if (this.session.captures.length === 0) this.openRecentFiles();
      },
    );
  }
}
