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

/** What stands before a gap of two spaces or more: the name of a value, an option. */
const LABEL = /^( *\S+(?: \S+)*) {2,}(?=\S)/;

/** A line in as many as it takes; what is broken goes on under its text, or a little further in where that would leave no room for it. */
function foldedLine(line: string, width: number): string[] {
  if (displayWidth(line) <= width) return [line];
  const lead = /^ */.exec(line)![0].length;
  const label = LABEL.exec(line);
  const column = label === null ? 0 : displayWidth(label[0]);
  const longest = Math.max(
    ...line
      .slice(label?.[0].length ?? 0)
      .split(/\s+/)
      .map(displayWidth),
  );
  const isBeside = column > 0 && column <= width / 2 && column + longest <= width;
  const start = isBeside ? label![0] : ' '.repeat(lead);
  const indent = ' '.repeat(isBeside ? column : lead + 4);
  return wrap(line.slice(start.length), width - indent.length).map((part, i) => (i === 0 ? start : indent) + part);
}

/** A list for a screen of `width` columns. */
export const folded = (text: string, width: number): string =>
  text
    .split('\n')
    .flatMap((line) => foldedLine(line, width))
    .join('\n');

/** A help text for a screen of `width` columns. Commands stay on one line, so that they can be pasted; what is said of them goes below. */
export function foldedHelp(text: string, width: number): string {
  const isWide = (line: string): boolean => displayWidth(line) > width;
  return text
    .split('\n\n')
    .map((paragraph) => {
      const lines = paragraph.split('\n');
      if (!lines.some(isWide)) return paragraph;
      if (lines.every((line) => !line.startsWith(' ')))
        return paragraph.replace(/[^\n].*[^\n]/s, (prose) => wrap(prose, width).join('\n'));
      return lines
        .flatMap((line) => {
          if (!isWide(line)) return [line];
          if (/^\S/.test(line)) return wrap(line, width);
          const [whole, label] = LABEL.exec(line) ?? ['', null];
          if (label === null) return [line];
          if (displayWidth(whole) <= width / 2) return foldedLine(line, width);
          return [label, ...wrap(line.slice(whole.length), width - 6).map((part) => `      ${part}`)];
        })
        .join('\n');
    })
    .join('\n\n');
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
