// The last row: what was typed so far, a message, or the keys that count here; and how the reading goes.
import { displayWidth } from '../../bytes/text.js';
import { count, duration } from '../../bytes/units.js';
import { shownKeys } from '../key-names.js';
import { hints, type Place } from '../keys.js';
import { ends, type Row, type Span, span, widthOf } from '../screen/paint.js';
import type { Theme } from '../screen/theme.js';
import type { Progress } from '../session.js';
import { VIEWS } from '../views.js';
import type { Typing } from './typing.js';

export interface Message {
  readonly text: string;
  readonly kind: 'info' | 'good' | 'error';
}

/** Cells of the bar that shows how far the reading is. */
const BAR = 8;
/** Where they do not stand above. */
const VIEW_KEYS = { key: '1-9', hint: 'views' };
/** More than this is not worth saying. */
const MOST_LEFT_S = 360_000;

export interface Footer {
  readonly pending: Typing['pending'];
  readonly message: Message | null;
  readonly places: readonly Place[];
  readonly load: Progress;
  /** The views stand in a row of their own. */
  readonly hasTabs: boolean;
}

export function footerRow({ pending, message, places, load, hasTabs }: Footer, t: Theme, width: number): Row {
  const progress = progressOf(load, t);
  if (pending !== null) return ends(pendingSpans(pending, t), progress, width, t.text);
  if (message !== null) {
    const attr = message.kind === 'error' ? t.error : message.kind === 'good' ? t.good : t.text;
    const sign = message.kind === 'error' ? '× ' : '';
    const hasRoom = displayWidth(message.text) + 4 <= width - widthOf(progress);
    return ends([span(` ${sign}${message.text}`, attr)], hasRoom ? progress : [], width, t.text);
  }
  const spans: Span[] = [];
  let used = 1;
  const room = width - widthOf(progress) - 1;
  const shown = hints(places).map(({ keys, hint = '' }) => ({ key: shownKeys(keys[0]), hint }));
  for (const { key, hint } of hasTabs ? shown : [VIEW_KEYS, ...shown]) {
    const size = displayWidth(key) + hint.length + 3;
    if (used + size > room) break;
    spans.push({ text: ` ${key}`, attr: t.key }, { text: ` ${hint} `, attr: t.dim });
    used += size;
  }
  return ends(spans, progress, width, t.text);
}

function pendingSpans({ count, keys }: NonNullable<Typing['pending']>, t: Theme): Span[] {
  const text = [count, ...keys].filter(Boolean).join(' ');
  const view = VIEWS.find(({ digit }) => digit === count)?.title;
  const more = count === '' ? '' : `  gg, G: row ${count}${view === undefined ? '' : ` · or view ${view}`}`;
  return [span(` ${text} …`, t.key), span(more, t.dim)];
}

/** How the reading goes: a bar, the part, the rate and what is left. */
function progressOf({ state, frames, bytes, totalBytes, framesPerSecond }: Progress, t: Theme): Row {
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

/** `, 9 s left`; '' where that is not known. */
function leftText(seconds: number): string {
  return Number.isFinite(seconds) && seconds < MOST_LEFT_S ? `, ${duration(Math.ceil(seconds) * 1e9)} left` : '';
}
