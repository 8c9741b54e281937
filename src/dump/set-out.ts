// Data set out for reading: JSON and protobuf over several lines. What is in it stays as it was written: no number is rounded, no key is lost.

import { u32le } from '../bytes/read.js';
import { hex } from '../bytes/show.js';

/** Larger texts stay as they are. */
export const MAX_SET_OUT = 1 << 20;
/** What a text may become; deeper nesting is not indented further. */
const MAX_WRITTEN = 8 << 20;
const MAX_INDENT = 24;

const indent = (depth: number): string => '  '.repeat(Math.min(depth, MAX_INDENT));

/** One value over several lines; null: it is no JSON, or there is too much of it. */
function valueSetOut(text: string): string | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  let out = '';
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    const c = text[at];
    const next = tokenEnd(text, at);
    if (c === '{' || c === '[') {
      const isEmpty = /^[[{]\s*[\]}]/.test(text.slice(at, at + 20));
      if (isEmpty) at = text.indexOf(c === '{' ? '}' : ']', at) + 1;
      out += isEmpty ? (c === '{' ? '{}' : '[]') : `${c}\n${indent(++depth)}`;
      if (isEmpty) continue;
    } else if (c === '}' || c === ']') out += `\n${indent(--depth)}${c}`;
    else if (c === ',') out += `,\n${indent(depth)}`;
    else if (c === ':') out += ': ';
    // Strings, numbers and words are taken over as they stand.
    else out += text.slice(at, next).trim();
    at = next;
    if (out.length > MAX_WRITTEN) return null;
  }
  return out;
}

/** Where the token at `at` ends: a sign of its own, blanks, a string, or a number or word. */
function tokenEnd(text: string, at: number): number {
  let end = at + 1;
  if (text[at] === '"') {
    while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    return end + 1;
  }
  const isSign = (i: number) => '{}[],:"'.includes(text[i]);
  if (!isSign(at)) while (end < text.length && !isSign(end)) end++;
  return end;
}

/** JSON, or a line of JSON after the other (as a watch of Kubernetes sends it); null: neither. */
export function jsonSetOut(text: string): string | null {
  if (text.length > MAX_SET_OUT || !/^\s*[[{]/.test(text)) return null;
  const whole = valueSetOut(text);
  if (whole !== null) return `${whole}\n`;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length < 2) return null;
  let out = '';
  for (const line of lines) {
    const one = valueSetOut(line);
    if (one === null || out.length > MAX_WRITTEN) return null;
    out += `${one}\n`;
  }
  return out;
}

/** Messages inside messages, and fields in all: more are no message. */
const MAX_DEPTH = 32;
const MAX_FIELDS = 100_000;
/** Bytes of a field that is neither text nor a message. */
const MAX_BYTES = 64;

/** Fields by their numbers, as a message without its .proto says them. */
class Protobuf {
  private fields = 0;

  /** The lines of a message in [at, end); null: it is none. */
  message(bytes: Uint8Array, from: number, end: number, depth: number): string | null {
    let out = '';
    let at = from;
    while (at < end) {
      const tag = varint(bytes, at, end);
      if (tag === null) return null;
      const number = tag.value >> 3n;
      at = tag.next;
      if (number < 1n || number > 0x1fff_ffffn || ++this.fields > MAX_FIELDS || out.length > MAX_WRITTEN) return null;
      const kind = Number(tag.value & 7n);
      const field = this.field(bytes, at, end, kind, depth);
      if (field === null) return null;
      out += `${indent(depth)}${number}${field.text}\n`;
      at = field.next;
    }
    return out;
  }

  /** What stands after the tag (protobuf.dev/programming-guides/encoding). */
  private field(b: Uint8Array, at: number, end: number, kind: number, depth: number): { text: string; next: number } | null {
    if (kind === 0) {
      const one = varint(b, at, end);
      return one && { text: `: ${one.value}`, next: one.next };
    }
    const fixed = kind === 1 ? 8 : kind === 5 ? 4 : 0;
    if (fixed > 0) {
      if (at + fixed > end) return null;
      const high =
        fixed === 8
          ? u32le(b, at + 4)
              .toString(16)
              .padStart(8, '0')
          : '';
      return { text: `: 0x${high}${u32le(b, at).toString(16).padStart(8, '0')}`, next: at + fixed };
    }
    if (kind !== 2) return null;
    const length = varint(b, at, end);
    if (length === null || length.value > BigInt(end - length.next)) return null;
    const next = length.next + Number(length.value);
    return { text: this.inside(b, length.next, next, depth), next };
  }

  /** Text, a message, or bytes: the bytes themselves do not say which. */
  private inside(bytes: Uint8Array, at: number, end: number, depth: number): string {
    const text = plainText(bytes, at, end);
    if (text !== null) return `: ${JSON.stringify(text)}`;
    const message = depth < MAX_DEPTH ? this.message(bytes, at, end, depth + 1) : null;
    if (message !== null) return ` {\n${message}${indent(depth)}}`;
    const rest = end - at - MAX_BYTES;
    return `: ${hex(bytes, at, Math.min(end, at + MAX_BYTES))}${rest > 0 ? ` … ${rest} bytes more` : ''}`;
  }
}

function varint(bytes: Uint8Array, at: number, end: number): { readonly value: bigint; readonly next: number } | null {
  let value = 0n;
  for (let i = 0; i < 10 && at + i < end; i++) {
    value |= BigInt(bytes[at + i] & 0x7f) << BigInt(7 * i);
    if (bytes[at + i] < 0x80) return { value: value & 0xffff_ffff_ffff_ffffn, next: at + i + 1 };
  }
  return null;
}

/** UTF-8 without control characters; a message begins with one, or nearly so. */
function plainText(bytes: Uint8Array, at: number, end: number): string | null {
  if (at < end && bytes[at] < 0x20) return null;
  for (let i = at; i < end; i++) if (bytes[i] < 0x20 && bytes[i] !== 0x0a && bytes[i] !== 0x0d && bytes[i] !== 0x09) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(at, end));
  } catch {
    return null;
  }
}

/** `k8s` and a zero stand before the messages of Kubernetes. */
const K8S = 0x0073_386b;

/** A message by the numbers of its fields; null: it is none. */
export function protobufSetOut(bytes: Uint8Array): string | null {
  if (bytes.length === 0 || bytes.length > MAX_SET_OUT) return null;
  return new Protobuf().message(bytes, bytes.length > 4 && u32le(bytes, 0) === K8S ? 4 : 0, bytes.length, 0);
}
