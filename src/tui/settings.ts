// What is kept from one run to the next, in the XDG config folder. A file that cannot be read is reported and left as it is.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { safeText } from '../bytes/text.js';
import { DEFAULT_COLUMNS } from './columns/packet-columns.js';
import { isRecord, isText, isTexts, keep, ownFolder } from './kept.js';
import type { PacketColumn } from './session.js';

export interface Settings {
  readonly theme: string;
  /** 1 stacked, 2 list and tree beside the bytes, 3 list above tree and bytes. */
  readonly layout: 1 | 2 | 3;
  /** Part of the height for the packet list, and of the width for what stands left; null: as much as the bytes leave. */
  readonly splitRow: number;
  readonly splitColumn: number | null;
  readonly columns: readonly (PacketColumn & { readonly isHidden?: boolean })[];
  readonly packetColors: boolean;
  readonly autoScroll: boolean;
  readonly mouse: boolean;
  readonly recentFilters: readonly string[];
  /** Keys as `:map` writes them. */
  readonly maps: Readonly<Record<string, string>>;
  /** Looks that the user gave a name. */
  readonly profiles: Readonly<Record<string, Look>>;
  /** Packets marked with capitals: file, number and point in time of the mark. */
  readonly marks: Readonly<Record<string, { readonly file: string; readonly packet: number }>>;
}

/** What a profile keeps. */
const LOOK = ['theme', 'layout', 'splitRow', 'splitColumn', 'columns', 'packetColors', 'maps'] as const;
export type Look = Pick<Settings, (typeof LOOK)[number]>;

/** The part of the settings that a profile keeps. */
export const lookOf = (settings: Settings): Look =>
  Object.fromEntries(LOOK.map((key) => [key, settings[key]])) as unknown as Look;

export const DEFAULTS: Settings = {
  theme: 'auto',
  layout: 3,
  splitRow: 0.5,
  splitColumn: null,
  columns: DEFAULT_COLUMNS,
  packetColors: true,
  autoScroll: true,
  mouse: true,
  recentFilters: [],
  maps: {},
  profiles: {},
  marks: {},
};

/** Filters that are remembered. */
const RECENT = 30;

const NAME = 'tui.json';

export const configFolder = (env: NodeJS.ProcessEnv): string => ownFolder(env['XDG_CONFIG_HOME'], '.config');

const isPart = (value: unknown): boolean => typeof value === 'number' && value >= 0.1 && value <= 0.9;
const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isColumn = (value: unknown): boolean =>
  isRecord(value) &&
  isText(value['title']) &&
  isText(value['field']) &&
  (value['align'] === 'left' || value['align'] === 'right');

const CHECKS: Readonly<Record<keyof Settings, (value: unknown) => boolean>> = {
  theme: isText,
  layout: (value) => value === 1 || value === 2 || value === 3,
  splitRow: isPart,
  splitColumn: (value) => value === null || isPart(value),
  columns: (value) => Array.isArray(value) && value.length > 0 && value.length <= 100 && value.every(isColumn),
  packetColors: isFlag,
  autoScroll: isFlag,
  mouse: isFlag,
  recentFilters: isTexts,
  maps: (value) => isRecord(value) && Object.values(value).every(isText),
  profiles: (value) =>
    isRecord(value) && Object.values(value).every((look) => isRecord(look) && LOOK.every((key) => CHECKS[key](look[key]))),
  marks: (value) =>
    isRecord(value) &&
    Object.values(value).every((mark) => isRecord(mark) && isText(mark['file']) && Number.isInteger(mark['packet'])),
};

/** Settings of a text; `wrong` names what was not understood. */
export function readSettings(text: string): { readonly settings: Settings; readonly wrong: readonly string[] } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { settings: DEFAULTS, wrong: ['it is not JSON'] };
  }
  if (!isRecord(parsed)) return { settings: DEFAULTS, wrong: ['it is not an object'] };
  const wrong: string[] = [];
  const good: Record<string, unknown> = {};
  for (const [key, check] of Object.entries(CHECKS)) {
    if (!Object.hasOwn(parsed, key)) continue;
    if (check(parsed[key])) good[key] = parsed[key];
    else wrong.push(`'${key}' has a value it cannot have`);
  }
  return { settings: { ...DEFAULTS, ...good }, wrong };
}

export class SettingsStore {
  private settings: Settings = DEFAULTS;
  private isDamaged = false;
  /** One line for the user, or null. */
  readonly problem: string | null = null;

  /** `theme`: the project's, for a user who has chosen none. */
  constructor(
    private readonly folder: string,
    private readonly theme: string = DEFAULTS.theme,
  ) {
    const path = this.path;
    if (!existsSync(path)) return;
    try {
      const { settings, wrong } = readSettings(readFileSync(path, 'utf8'));
      this.settings = settings;
      if (wrong.length > 0)
        this.problem = `${safeText(path)}: ${wrong[0]}; it is left as it is, and nothing is saved. Repair or delete it`;
    } catch (error) {
      this.problem = `${safeText(path)} cannot be read (${error instanceof Error ? error.message : String(error)}); nothing is saved`;
    }
    this.isDamaged = this.problem !== null;
  }

  get path(): string {
    return join(this.folder, NAME);
  }
  get all(): Settings {
    const { settings, theme } = this;
    return settings.theme === DEFAULTS.theme && theme !== DEFAULTS.theme ? { ...settings, theme } : settings;
  }

  /** Changes settings and keeps them; null, or one line that says why they could not be kept. */
  change(changes: Partial<Settings>): string | null {
    this.settings = { ...this.settings, ...changes };
    if (this.isDamaged) return null;
    const problem = keep(this.folder, NAME, this.settings);
    return problem === null ? null : `the settings could not be saved: ${problem}`;
  }

  /** Puts a filter in front of those remembered. */
  remember(text: string): void {
    const { recentFilters } = this.settings;
    if (text === '' || recentFilters[0] === text) return;
    this.change({ recentFilters: [text, ...recentFilters.filter((one) => one !== text)].slice(0, RECENT) });
  }
}
