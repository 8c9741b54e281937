// Times and ends of flows as several witnesses print them.
import { parseIpv4, parseIpv6 } from '../bytes/parse.js';
import { ipv6 } from '../bytes/show.js';
import { NO_END, type WitnessEnd } from './event.js';

/** An address in its one spelling; '' where the text is none. */
export function addressOf(text: string): string {
  if (parseIpv4(text) !== null) return text;
  const zone = text.indexOf('%');
  const bytes = text.includes(':') ? parseIpv6(zone < 0 ? text : text.slice(0, zone)) : null;
  return bytes === null ? '' : ipv6(bytes);
}

const MAC = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

/** `10.0.0.1:80`, `[fd00::1]:80`, `10.0.0.1`, `fd00::1`, `default/pod:80`, `default/pod:80(http)`, a MAC. */
export function endOf(text: string, identity = '', labels = ''): WitnessEnd {
  const end = (host: string, port: number): WitnessEnd => {
    const address = addressOf(host);
    return { ...NO_END, address, name: address === '' ? host.slice(0, 200) : '', port, identity, labels };
  };
  const bracket = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  if (bracket !== null) return end(bracket[1], portOf(bracket[2]));
  if (MAC.test(text) || addressOf(text) !== '') return end(text, 0);
  const withPort = /^(.*):(\d{1,5})(?:\([^)]*\))?$/.exec(text);
  return withPort === null ? end(text, 0) : end(withPort[1], portOf(withPort[2]));
}

/** 0 where the text is no port. */
export const portOf = (text: string | undefined): number => {
  const port = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
  return port <= 65535 ? port : 0;
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 29 14:09:53.307` and RFC 3339 times, at the start of a line. */
export const STAMP = String.raw`(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:[.,]\d{1,9})?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)`;

/** The second that was read last, and what it is: lines follow each other within one. */
const lately = { text: '', nearMs: Number.NaN, ms: Number.NaN };

/** Milliseconds since 1970; NaN where the text is no time. A date without a year is of the year that brings it nearest to `nearMs`. */
export function stampMs(text: string, nearMs: number): number {
  const second = text.charCodeAt(3) === 32 ? text.slice(0, 15) : '';
  if (second === '' || (text.length > 15 && !/^[.,]\d{1,9}$/.test(text.slice(15)))) return isoMs(text);
  if (second !== lately.text || nearMs !== lately.nearMs) {
    lately.ms = shortMs(second, nearMs);
    lately.text = second;
    lately.nearMs = nearMs;
  }
  return lately.ms + (text.length > 16 ? Number(`0.${text.slice(16)}`) * 1000 : 0);
}

function isoMs(text: string): number {
  const iso = text
    .replace(',', '.')
    .replace(' UTC', 'Z')
    .replace(/^(\S+) (\d)/, '$1T$2')
    .replace(/ (?=[+-])/, '');
  // Date.parse knows no more than milliseconds, and takes a time without zone for local.
  const [, main, fraction = '', zone = 'Z'] = /^([^.]*?)(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/.exec(iso) ?? [];
  return main === undefined ? Number.NaN : Date.parse(`${main}${zone}`) + Number(`0${fraction}`) * 1000;
}

/** `Nov 29 14:09:53`. */
function shortMs(text: string, nearMs: number): number {
  const parts = /^([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)$/.exec(text);
  if (parts === null) return Number.NaN;
  const [, name, day, hour, minute, second] = parts;
  const month = MONTHS.indexOf(name);
  if (month < 0) return Number.NaN;
  const near = Number.isFinite(nearMs) ? nearMs : 0;
  const year = new Date(near).getUTCFullYear();
  const inYear = (y: number): number => Date.UTC(y, month, Number(day), Number(hour), Number(minute), Number(second));
  const [best] = [year - 1, year, year + 1].map(inYear).sort((a, b) => Math.abs(a - near) - Math.abs(b - near));
  return best;
}

/** Milliseconds of seconds since 1970 (`1764425393.307`). */
export const epochMs = (text: string): number => Number(text) * 1000;

/** The first word after `tool` in a command that is neither an option nor the word of one, as `withWord` knows them; '' where there is none. */
export function operandOf(command: string, tool: RegExp, withWord: RegExp): string {
  const start = tool.exec(command);
  const words =
    start === null
      ? []
      : command
          .slice(start.index + start[0].length)
          .trim()
          .split(/\s+/);
  for (let i = 0; i < words.length; i++) {
    if (/^[|;&>]/.test(words[i])) break;
    if (withWord.test(words[i])) i++;
    else if (!words[i].startsWith('-')) return words[i];
  }
  return '';
}
