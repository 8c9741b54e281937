// Text as terminals, editors and mails leave it, brought back to what the tools printed.

/** Escape sequences (ECMA-48): CSI, OSC with its end, character sets and other short ones. */
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)?|[()*+][0-9A-Za-z]|[=>78cDEHMNOZ])/g;
/** The same after a paste that kept the letters and lost or spelled out the escape. */
const SPELLED = /(?:\^\[|\\x1b|\\e|\\033|\\u001b)\[[0-9;]{0,20}[mK]|\[(?:[0-9]{1,3}(?:;[0-9]{1,3})*)?m/g;
/** Marks of right-to-left, blanks without width, and a file's byte order. */
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g;

/** One line without colours; a carriage return starts it anew, as on the screen. */
export function plainLine(raw: string): string {
  let line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  if (line.includes('\x1b')) line = line.replace(ESCAPES, '');
  if (line.includes('m') || line.includes('K')) line = line.replace(SPELLED, '');
  const back = line.lastIndexOf('\r');
  if (back >= 0) line = line.slice(back + 1);
  if (line.includes('\b')) line = withoutBackspaces(line);
  return line.replace(INVISIBLE, '').replaceAll('\u00a0', ' ');
}

function withoutBackspaces(line: string): string {
  const kept: string[] = [];
  for (const c of line)
    if (c === '\b') kept.pop();
    else kept.push(c);
  return kept.join('');
}

/** All lines, without colours and without the quoting of a mail or a page around all of them. */
export function plainLines(text: string): string[] {
  const lines = text.split('\n').map(plainLine);
  const full = lines.filter((line) => line.trim() !== '' && !/^\s*```/.test(line));
  if (full.length === 0) return lines;
  const quote = full.every((line) => /^> ?/.test(line))
    ? /^> ?/
    : full.every((line) => /^(?: {4}|\t)/.test(line))
      ? /^(?: {4}|\t)/
      : null;
  // A fence of Markdown is no program's output; its line stays, empty, so that line numbers hold.
  return lines.map((line) => (/^\s*```\w*\s*$/.test(line) ? '' : quote === null ? line : line.replace(quote, '')));
}
