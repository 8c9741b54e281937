// Colours by what they mean. Each state that has a colour has a sign as well, so that the screen reads without any.
import type { Severity } from '../../rules/finding.js';
import type { Attr } from './paint.js';

/** 0 none, 16 the terminal's own palette, 256 the xterm palette. */
export type Depth = 0 | 16 | 256;

const NONE = 0x1ff;
const BOLD = 1;
const UNDERLINE = 2;
const INVERSE = 8;
/** Flags, 9 bits foreground, 9 bits background. */
export const attrOf = (fg: number, bg: number, flags = 0): Attr => (flags << 18) | (fg << 9) | bg;

/** What a style says; a colour of null is the terminal's own. */
export function partsOf(attr: Attr): { readonly flags: number; readonly fg: number | null; readonly bg: number | null } {
  const [fg, bg] = [(attr >> 9) & NONE, attr & NONE];
  return { flags: attr >> 18, fg: fg === NONE ? null : fg, bg: bg === NONE ? null : bg };
}

/** `attr` on the background of `under`, which also decides the foreground where it has one: no other is sure to be readable there. */
export const over = (attr: Attr, under: Attr): Attr => {
  const flags = (attr >> 18) | ((under >> 18) & (INVERSE | UNDERLINE));
  const [fg, bg] = [(under >> 9) & NONE, under & NONE];
  // A foreground that was chosen for its own background is of no use on another one.
  const own = bg !== NONE && (attr & NONE) !== NONE ? NONE : (attr >> 9) & NONE;
  return attrOf(fg === NONE ? own : fg, bg === NONE ? attr & NONE : bg, flags);
};
export const bold = (attr: Attr): Attr => attr | (BOLD << 18);
export const underlined = (attr: Attr): Attr => attr | (UNDERLINE << 18);

/** What stands where a style names no colour of its own: what the terminal has there may be dark or light. */
export interface Base {
  readonly ink: number;
  readonly paper: number;
}

/** The style as it is painted. */
export const onBase = (attr: Attr, { ink, paper }: Base): Attr => {
  const [fg, bg] = [(attr >> 9) & NONE, attr & NONE];
  return fg !== NONE && bg !== NONE ? attr : attrOf(fg === NONE ? ink : fg, bg === NONE ? paper : bg, attr >> 18);
};

/** Whether a blank looks the same in both. */
export const looksAlike = (a: Attr, b: Attr): boolean =>
  (a & NONE) === (b & NONE) && (((a | b) >> 18) & (UNDERLINE | INVERSE)) === 0;

export interface Theme extends Base {
  readonly name: string;
  readonly isDark: boolean;
  readonly hasColors: boolean;
  readonly text: Attr;
  readonly dim: Attr;
  readonly strong: Attr;
  /** Title line. */
  readonly bar: Attr;
  readonly barStrong: Attr;
  readonly barError: Attr;
  readonly barWarning: Attr;
  readonly barGood: Attr;
  /** Names of columns. */
  readonly heading: Attr;
  readonly edge: Attr;
  readonly edgeFocus: Attr;
  /** The selected row in the pane that has the focus, and in another one. */
  readonly selected: Attr;
  readonly selectedAway: Attr;
  readonly error: Attr;
  readonly warning: Attr;
  readonly info: Attr;
  readonly good: Attr;
  readonly accent: Attr;
  readonly key: Attr;
  /** Display filter: background by state. */
  readonly filterEmpty: Attr;
  readonly filterValid: Attr;
  readonly filterInvalid: Attr;
  readonly filterRunning: Attr;
  readonly match: Attr;
  /** Bytes of the selected field, and the one under the cursor. */
  readonly bytesField: Attr;
  readonly bytesLayer: Attr;
  readonly cursor: Attr;
  readonly client: Attr;
  readonly server: Attr;
  readonly dialog: Attr;
  /** Text colours of packets by kind of protocol. */
  readonly protocols: Readonly<Record<ProtocolKind, Attr>>;
}

export type ProtocolKind = 'tcp' | 'udp' | 'icmp' | 'arp' | 'dns' | 'http' | 'tunnel' | 'routing' | 'other';

interface Palette extends Base {
  readonly name: string;
  readonly isDark: boolean;
  readonly dim: number;
  readonly bar: readonly [fg: number, bg: number];
  /** On the bar; error, warning and good where nothing is named. */
  readonly barColors?: readonly [error: number, warning: number, good: number];
  readonly edge: number;
  readonly selected: readonly [number, number];
  readonly away: readonly [number, number];
  readonly error: number;
  readonly warning: number;
  readonly info: number;
  readonly good: number;
  readonly accent: number;
  readonly empty: readonly [number, number];
  readonly valid: readonly [number, number];
  readonly invalid: readonly [number, number];
  readonly running: readonly [number, number];
  readonly match: readonly [number, number];
  readonly field: readonly [number, number];
  readonly layer: readonly [number, number];
  readonly client: number;
  readonly server: number;
  readonly protocols: Readonly<Record<ProtocolKind, number>>;
}

function themeOf(p: Palette): Theme {
  const fg = (color: number, flags = 0) => attrOf(color, NONE, flags);
  const pair = ([f, b]: readonly [number, number], flags = 0) => attrOf(f, b, flags);
  const bar = (color: number, flags = 0) => attrOf(color, p.bar[1], flags);
  const protocols = Object.fromEntries(Object.entries(p.protocols).map(([kind, color]) => [kind, fg(color)]));
  return {
    name: p.name,
    isDark: p.isDark,
    hasColors: true,
    ink: p.ink,
    paper: p.paper,
    text: fg(NONE),
    dim: fg(p.dim),
    strong: fg(NONE, BOLD),
    bar: pair(p.bar),
    barStrong: pair(p.bar, BOLD),
    barError: bar(p.barColors?.[0] ?? p.error, BOLD),
    barWarning: bar(p.barColors?.[1] ?? p.warning, BOLD),
    barGood: bar(p.barColors?.[2] ?? p.good, BOLD),
    heading: fg(p.accent, BOLD),
    edge: fg(p.edge),
    edgeFocus: fg(p.accent, BOLD),
    selected: pair(p.selected, BOLD),
    selectedAway: pair(p.away),
    error: fg(p.error, BOLD),
    warning: fg(p.warning, BOLD),
    info: fg(p.info),
    good: fg(p.good),
    accent: fg(p.accent),
    key: fg(p.accent, BOLD),
    filterEmpty: pair(p.empty),
    filterValid: pair(p.valid),
    filterInvalid: pair(p.invalid),
    filterRunning: pair(p.running),
    match: pair(p.match),
    bytesField: pair(p.field, BOLD),
    bytesLayer: pair(p.layer),
    cursor: attrOf(NONE, NONE, INVERSE | BOLD),
    client: fg(p.client),
    server: fg(p.server),
    dialog: fg(NONE),
    protocols: protocols as Record<ProtocolKind, Attr>,
  };
}

const DARK: Palette = {
  name: 'dark',
  isDark: true,
  ink: 252,
  paper: 234,
  dim: 248,
  bar: [252, 236],
  edge: 242,
  selected: [255, 24],
  away: [NONE, 236],
  error: 210,
  warning: 215,
  info: 111,
  good: 114,
  accent: 80,
  empty: [252, 235],
  valid: [157, 235],
  invalid: [210, 235],
  running: [222, 235],
  match: [16, 222],
  field: [16, 80],
  layer: [255, 238],
  client: 210,
  server: 111,
  protocols: { tcp: 252, udp: 153, icmp: 219, arp: 223, dns: 117, http: 157, tunnel: 183, routing: 180, other: 249 },
};

const LIGHT: Palette = {
  name: 'light',
  isDark: false,
  ink: 235,
  paper: 231,
  dim: 241,
  bar: [235, 254],
  edge: 245,
  selected: [231, 25],
  away: [NONE, 255],
  error: 124,
  warning: 94,
  info: 25,
  good: 22,
  accent: 24,
  empty: [238, 255],
  valid: [22, 255],
  invalid: [124, 255],
  running: [94, 255],
  match: [16, 221],
  field: [231, 24],
  layer: [16, 252],
  client: 124,
  server: 25,
  protocols: { tcp: 235, udp: 24, icmp: 90, arp: 94, dns: 25, http: 22, tunnel: 55, routing: 94, other: 240 },
};

// Okabe and Ito's colours, which people with any of the common kinds of colour blindness tell apart: vermilion, orange, sky
// blue, bluish green.
const COLOR_BLIND: Palette = {
  ...DARK,
  name: 'colour-blind',
  error: 208,
  warning: 220,
  info: 117,
  good: 43,
  accent: 75,
  valid: [75, 235],
  invalid: [208, 235],
  running: [220, 235],
  match: [16, 220],
  field: [16, 75],
  client: 208,
  server: 75,
  protocols: { tcp: 252, udp: 117, icmp: 220, arp: 180, dns: 117, http: 75, tunnel: 182, routing: 180, other: 249 },
};

const SIXTEEN = { black: 0, red: 1, green: 2, yellow: 3, blue: 4, magenta: 5, cyan: 6, white: 7, grey: 8, bright: 8 };

function sixteen(p: Palette): Palette {
  const { black, red, green, yellow, blue, magenta, cyan, white, grey, bright } = SIXTEEN;
  const blind = p.name === 'colour-blind';
  // On white only black, red and blue are sure to be read; on black neither red nor the two blues are.
  if (!p.isDark)
    return {
      ...p,
      ink: black,
      paper: white,
      dim: black,
      bar: [white, blue],
      barColors: [white, white, white],
      edge: black,
      selected: [white, blue],
      away: [white, black],
      error: red,
      warning: red,
      info: blue,
      good: blue,
      accent: blue,
      empty: [black, white],
      valid: [blue, white],
      invalid: [red, white],
      running: [black, white],
      match: [black, yellow],
      field: [black, cyan],
      layer: [white, blue],
      client: red,
      server: blue,
      protocols: {
        tcp: NONE,
        udp: blue,
        icmp: NONE,
        arp: red,
        dns: blue,
        http: NONE,
        tunnel: NONE,
        routing: NONE,
        other: NONE,
      },
    };
  return {
    ...p,
    ink: white,
    paper: black,
    dim: grey,
    bar: [black, cyan],
    barColors: [black, black, black],
    edge: grey,
    selected: [black, cyan],
    away: [black, white],
    error: blind ? yellow + bright : red + bright,
    warning: yellow,
    info: cyan + bright,
    good: blind ? cyan : green + bright,
    accent: cyan + bright,
    empty: [white, black],
    valid: [blind ? cyan : green, black],
    invalid: [blind ? yellow : red + bright, black],
    running: [yellow, black],
    match: [black, yellow],
    field: [black, cyan],
    layer: [black, white],
    client: blind ? yellow : red + bright,
    server: cyan,
    protocols: {
      tcp: NONE,
      udp: cyan,
      icmp: magenta + bright,
      arp: yellow,
      dns: cyan + bright,
      http: green,
      tunnel: magenta + bright,
      routing: yellow,
      other: NONE,
    },
  };
}

/** Weight, underline and inverse alone. */
function colorless(): Theme {
  const plain = attrOf(NONE, NONE);
  const strong = attrOf(NONE, NONE, BOLD);
  const inverse = attrOf(NONE, NONE, INVERSE);
  const line = attrOf(NONE, NONE, UNDERLINE);
  const kinds: ProtocolKind[] = ['tcp', 'udp', 'icmp', 'arp', 'dns', 'http', 'tunnel', 'routing', 'other'];
  return {
    name: 'no-colour',
    isDark: true,
    hasColors: false,
    ink: NONE,
    paper: NONE,
    text: plain,
    dim: plain,
    strong,
    bar: inverse,
    barStrong: bold(inverse),
    barError: bold(inverse),
    barWarning: bold(inverse),
    barGood: inverse,
    heading: attrOf(NONE, NONE, BOLD | UNDERLINE),
    edge: plain,
    edgeFocus: strong,
    selected: inverse,
    selectedAway: line,
    error: strong,
    warning: strong,
    info: plain,
    good: plain,
    accent: strong,
    key: strong,
    filterEmpty: plain,
    filterValid: plain,
    filterInvalid: strong,
    filterRunning: plain,
    match: inverse,
    bytesField: inverse,
    bytesLayer: line,
    cursor: bold(inverse),
    client: strong,
    server: plain,
    dialog: plain,
    protocols: Object.fromEntries(kinds.map((kind) => [kind, plain])) as Record<ProtocolKind, Attr>,
  };
}

/** `auto`: dark or light, as the terminal is. */
export const THEMES: readonly string[] = ['auto', 'dark', 'light', 'colour-blind', 'no-colour'];

/** `isLight`: the terminal, for `auto`. */
export function theme(name: string, depth: Depth, isLight = false): Theme {
  if (depth === 0 || name === 'no-colour') return colorless();
  const palette = name === 'light' || (name === 'auto' && isLight) ? LIGHT : name === 'colour-blind' ? COLOR_BLIND : DARK;
  return themeOf(depth === 16 ? sixteen(palette) : palette);
}

/** Whether the terminal is light, by what rxvt and others say of it: `15;0`, or `0;default;15`. */
export const isLightByEnvironment = (env: NodeJS.ProcessEnv): boolean => /;(?:7|15)$/.test(env['COLORFGBG'] ?? '');

/** Whether a colour as terminals tell it (`rgb:ffff/ffff/f0f0`, one to four digits each) is light. */
export function isLightColor(text: string): boolean {
  const parts = text.split('/').map((part) => Number.parseInt(part, 16) / (16 ** part.length - 1));
  const [red = 0, green = 0, blue = 0] = parts;
  return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5;
}

/** How many colours the terminal has, by its environment (no-color.org). */
export function colorDepth(env: NodeJS.ProcessEnv): Depth {
  if (env['NO_COLOR']) return 0;
  const term = env['TERM'] ?? '';
  if (env['COLORTERM'] || /256|direct|kitty|alacritty|ghostty|foot|wezterm|tmux|screen/.test(term)) return 256;
  return 16;
}

export const severityAttr = (t: Theme, severity: Severity | null): Attr =>
  severity === 'error' ? t.error : severity === 'warning' ? t.warning : severity === 'info' ? t.info : t.text;

/** One column: error `!`, warning `~`, info `·`. */
export const severitySign = (severity: Severity | null): string =>
  severity === 'error' ? '!' : severity === 'warning' ? '~' : severity === 'info' ? '·' : ' ';
