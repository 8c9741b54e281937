// bundle.json: what a bundle holds, where each part came from and when, and what could not be taken and why.
import { basename } from 'node:path';
import type { Missing, Taking } from '../collect/taking.js';
import type { Way } from '../points/point.js';
import { VERSION } from '../report/version.js';
import type { Change } from '../topology/diff.js';
import type { BundleSheet } from './bundle-schema.js';

/** A command whose packets were captured. */
export interface RanCommand {
  /** The point that it ran at; null: this machine. */
  readonly point: string | null;
  /** As a shell takes it. */
  readonly command: string;
  /** File of the bundle with what it printed. */
  readonly output: string;
  /** Exit code, signal, or why it did not start. */
  readonly end: number | string;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** What ended a capture. */
export type EndedBy = NonNullable<BundleSheet['endedBy']>;

export interface SheetParts {
  readonly isWhole: boolean;
  readonly startedMs: number;
  readonly endedMs: number;
  /** What ended the capture, in a word; null while it lasts. */
  readonly endedBy: EndedBy | null;
  readonly takings: readonly Taking[];
  readonly ran: readonly RanCommand[];
  /** Our own connections, which no capture holds, as pcap-filter(7); null: none were left out. */
  readonly leftOut: string | null;
  readonly changes: readonly Change[];
  readonly missing: readonly Missing[];
  /** Folders whose texts are not to be read with the rest, and why. */
  readonly aside: Readonly<Record<string, string>>;
  readonly clusterCommands: readonly string[];
}

const at = (ms: number): string => new Date(ms).toISOString();
const time = (ms: number | null): string | null => (ms === null ? null : at(ms));
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

/** `readPoints` of src/main/bundle.ts reads `points`, and of each `captures`. */
export function sheetText(parts: SheetParts): string {
  const { takings, ran, startedMs, endedMs, isWhole } = parts;
  const sheet: BundleSheet = {
    version: 1,
    tool: { name: 'hopscope', version: VERSION },
    state: isWhole ? 'whole' : 'unfinished',
    started: at(startedMs),
    ended: isWhole ? time(endedMs) : null,
    endedBy: parts.endedBy,
    leftOut: parts.leftOut,
    points: Object.fromEntries(takings.map((taking) => [taking.name, pointOf(taking)])),
    commands: ran.map(({ point, command, output, end, ...ran }) => ({
      point,
      command,
      end,
      output,
      started: at(ran.startedMs),
      ended: at(ran.endedMs),
    })),
    changes: [...parts.changes],
    missing: [...parts.missing],
    aside: parts.aside,
    clusterCommands: [...parts.clusterCommands],
  };
  return `${JSON.stringify(sheet, null, 2)}\n`;
}

function pointOf(taking: Taking): BundleSheet['points'][string] {
  const { point, probed, clock, recordings, failed, missing, commands, left, filter } = taking;
  const known = <T>(values: readonly (T | null)[]) => values.filter((value): value is T => value !== null);
  const started = known(recordings.map(({ startedMs }) => startedMs));
  const ended = known(recordings.map(({ endedMs }) => endedMs));
  const dropped = known(recordings.map((one) => one.dropped));
  return {
    captures: recordings.flatMap(({ files }) => files.map((file) => basename(file))),
    reached: wayText(point.way),
    state: taking.state,
    why: failed ?? known(recordings.map(({ why }) => why))[0] ?? null,
    host: probed?.host ?? null,
    kernel: probed?.kernel ?? null,
    program: probed?.version ?? null,
    interfaces: point.interfaces === 'any' ? 'any' : [...point.interfaces],
    filter,
    // The time that was captured for certain: of several captures that of all, of a ring that has turned none is known, nor where packets were left unread.
    started: started.length === 0 || recordings.some(({ isTrimmed }) => isTrimmed) ? null : time(Math.max(...started)),
    ended: ended.length === 0 || recordings.some(({ unread }) => unread > 0) ? null : time(Math.min(...ended)),
    frames: recordings.reduce((sum, { frames }) => sum + frames, 0),
    bytes: recordings.reduce((sum, { bytes }) => sum + bytes, 0),
    unread: recordings.reduce((sum, { unread }) => sum + unread, 0),
    dropped: dropped.length === 0 ? null : dropped.reduce((sum, n) => sum + n, 0),
    clock: clock === null ? null : { aheadMs: rounded(clock.aheadMs), doubtMs: rounded(clock.doubtMs) },
    missing: [...missing],
    left,
    commands: [...commands],
  };
}

/** `ssh vagrant@192.168.10.200`, for people. */
export function wayText(way: Way): string {
  switch (way.method) {
    case 'local':
      return 'local';
    case 'ssh':
      return `ssh ${way.user === null ? '' : `${way.user}@`}${way.host}${way.port === null ? '' : ` port ${way.port}`}`;
    case 'kubectl':
      return `kubectl ${way.namespace === null ? '' : `${way.namespace}/`}${way.pod}`;
    case 'node':
      return `kubectl node ${way.node}`;
    case 'netns':
      return `netns ${way.netns}`;
    case 'vagrant':
      return `vagrant ${way.machine}`;
    case 'lima':
      return `lima ${way.instance}`;
    case 'command':
      return `command ${way.command.join(' ')}`;
    default:
      return `${way.method} ${way.container}`;
  }
}
