// Captures to choose from: those that were opened last, then those of the current folder.
import { closeSync, openSync, readdirSync, readSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { size } from '../bytes/units.js';
import { SNIFF_LENGTH, sniff } from '../capture/sniff.js';
import { homeFolder } from './kept.js';
import type { StateStore } from './state.js';
import type { Ui } from './view.js';
import { type Choice, ListDialog } from './widgets/dialogs.js';

/** Files of the folder that are looked at, and captures of it that are listed. */
const MAX_LOOKED = 5000;
const MAX_LISTED = 200;

/** Packed files are many things: of those the name decides. */
const PACKED = /\.(p?cap(ng)?|dmp)\d*\.(gz|zst)$/i;

export interface KnownFile {
  readonly path: string;
  /** Null: it is not there any more. */
  readonly stats: Stats | null;
}

/** What may be opened, by `recent` paths and in `folder`. A folder that cannot be read has no captures. */
export function capturesAt(folder: string, recent: readonly string[]): KnownFile[] {
  const here = namesIn(folder)
    .slice(0, MAX_LOOKED)
    .map((name) => resolve(folder, name))
    .filter((path) => !recent.includes(path))
    .map((path): KnownFile => ({ path, stats: statsOf(path) }))
    .filter(({ path, stats }) => stats?.isFile() === true && stats.size > 0 && isCapture(path))
    .slice(0, MAX_LISTED);
  return [...recent.map((path) => ({ path, stats: statsOf(path) })), ...here];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch {
    return [];
  }
}

function statsOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

function isCapture(path: string): boolean {
  try {
    const fd = openSync(path, 'r');
    try {
      const head = new Uint8Array(SNIFF_LENGTH);
      const format = sniff(head, 0, readSync(fd, head, 0, SNIFF_LENGTH, 0));
      return format === 'pcap' || format === 'pcapng' || (format !== null && PACKED.test(path));
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

/** The list, to open one of them. */
export function fileList(ui: Ui, state: StateStore): ListDialog {
  const folder = process.cwd();
  const choices = capturesAt(folder, state.recent).map(({ path, stats }): Choice => {
    const place = dirname(path) === folder ? '' : `  ${shortFolder(dirname(path))}`;
    return {
      text: `${basename(path)}${place}`,
      note: stats === null ? 'missing' : `${size(stats.size)}  ${dayOf(stats.mtime)}`,
      ...(stats === null && { attr: ui.theme.dim }),
      choose: () => {
        if (statsOf(path) === null) {
          ui.say(`${path} is not there any more`, 'error');
          ui.act('open-file');
        } else ui.load([path]);
      },
    };
  });
  return new ListDialog(ui, 'Open a capture', choices, {
    empty: 'no capture was opened so far, and this folder has none; :load FILE opens one',
  });
}

/** As `ls` prints it, by the clock on the wall. */
const dayOf = (time: Date): string =>
  new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16).replace('T', ' ');

/** `~` for the home folder. */
function shortFolder(path: string): string {
  const home = homeFolder();
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
