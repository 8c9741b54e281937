import { displayWidth } from '../bytes/text.js';

/** An entry of a list, up to its text. */
const ENTRY = /^ *(?:[-*]|\d+\.) /;

/**
 * Lines of at most `width` columns, broken at spaces only: an address or a name longer than that keeps its line whole.
 * Always at least one line.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(/\s+/)) {
    const size = displayWidth(word);
    if (line !== '' && used + 1 + size > width) {
      lines.push(line);
      line = word;
      used = size;
    } else {
      used += size + (line === '' ? 0 : 1);
      line += line === '' ? word : ` ${word}`;
    }
  }
  lines.push(line);
  return lines;
}

/**
 * A shell command over several lines, joined by backslashes so that it can still be pasted whole. A command with quotes,
 * comments or escapes stays on one line: a break inside them would change it.
 */
export function wrapCommand(command: string, width: number): string[] {
  if (/["'`\\#]/.test(command)) return [command];
  const lines = wrap(command, width);
  if (lines.length > 1) lines.splice(0, lines.length, ...wrap(command, width - 2));
  return lines.map((line, i) => (i === 0 ? '' : '  ') + line + (i === lines.length - 1 ? '' : ' \\'));
}

/** Markdown with each paragraph and each entry of a list on one line, ready to be wrapped to another width. */
export function unwrapped(markdown: string): string[] {
  const lines: string[] = [];
  let isCode = false;
  let goesOn = false;
  for (const line of markdown.split('\n')) {
    const isFence = line.startsWith('```');
    if (isFence) isCode = !isCode;
    const isWhole = isCode || isFence || line === '' || /^[#|]/.test(line);
    if (goesOn && !isWhole && !ENTRY.test(line)) lines[lines.length - 1] += ` ${line.trim()}`;
    else lines.push(line);
    goesOn = !isWhole;
  }
  return lines;
}

/** A page of Markdown in lines of at most `width` columns; code, headings and tables stay as they are. */
export function reflowed(markdown: string, width: number): string {
  let isCode = false;
  return unwrapped(markdown)
    .flatMap((line) => {
      if (line.startsWith('```')) isCode = !isCode;
      if (isCode || /^[#|`]/.test(line)) return line;
      const lead = ENTRY.exec(line)?.[0] ?? '';
      return wrap(line.slice(lead.length), width - lead.length).map(
        (part, i) => (i === 0 ? lead : ' '.repeat(lead.length)) + part,
      );
    })
    .join('\n');
}
