// Macros of display filters: `$web`, `${web}`, `$to(10.0.0.1, 80)` and `${to:10.0.0.1;80}` stand for texts that the user has given
// names. A text has its arguments as $1 to $9.
import { nearest } from './names.js';
import { problem } from './problem.js';

/** Macros within macros, characters that they come to, and macros that are known. */
const MAX_LEVELS = 16;
const MAX_TEXT = 64 * 1024;
const MAX_MACROS = 10_000;

const known = new Map<string, string>();

/** Makes macros known to every filter that is compiled from now on; a later one of the same name counts. */
export function addMacros(macros: Iterable<readonly [name: string, text: string]>): void {
  for (const [name, text] of macros) if (known.size < MAX_MACROS || known.has(name)) known.set(name, text);
}

/** What is left as it is: strings, characters. Then a macro: its name in braces with arguments, or alone. */
const PARTS = /[rR]?"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)'|\$(?:\{([^{}]*)\}|([A-Za-z_][\w.-]*)(?:\(([^()]*)\))?)/gs;

const trimmed = (list: string | undefined, by: RegExp): string[] =>
  list === undefined || list.trim() === '' ? [] : list.split(by).map((one) => one.trim());

/** The text with the macros' texts in their places. Throws FilterError. */
export function expanded(text: string, level = 0): string {
  if (!text.includes('$')) return text;
  let length = 0;
  return text.replace(
    PARTS,
    (whole: string, inner: string | undefined, name: string | undefined, list: string | undefined, at: number) => {
      if (!whole.startsWith('$')) return whole;
      const span = { start: at, end: at + whole.length };
      const [, asked = '', rest] = /^\s*([^:;\s]*)\s*(?:[:;](.*))?$/s.exec(inner ?? name ?? '') ?? ['', inner ?? ''];
      const found = known.get(asked);
      if (found === undefined) throw unknown(text, span, asked);
      if (level === MAX_LEVELS) throw problem(text, span, `macros stand in macros, more than ${MAX_LEVELS} deep`);
      const given = inner === undefined ? trimmed(list, /,/) : trimmed(rest, /;/);
      const wanted = Math.max(0, ...Array.from(found.matchAll(/\$([1-9])(?!\w)/g), ([, n]) => Number(n)));
      if (given.length !== wanted)
        throw problem(
          text,
          span,
          `the macro "${asked}" takes ${wanted} argument${wanted === 1 ? '' : 's'}, not ${given.length}`,
          `it is ${found}`,
        );
      const made = expanded(
        found.replace(/\$([1-9])(?!\w)/g, (_, n: string) => given[Number(n) - 1]!),
        level + 1,
      );
      length += made.length;
      if (length > MAX_TEXT) throw problem(text, span, `macros make a filter of more than ${MAX_TEXT} characters`);
      return made;
    },
  );
}

function unknown(text: string, span: { readonly start: number; readonly end: number }, name: string): Error {
  // In Wireshark's window `${ip.src}` is the value in the frame that is selected there.
  if (name.includes('.'))
    return problem(text, span, `no frame is selected whose ${name} could be meant`, `write the value: ${name} == VALUE`);
  const near = nearest(name, [...known.keys()]);
  const hint =
    near.length > 0
      ? `did you mean ${near.join(', ')}?`
      : '--macros FILE reads those of Wireshark; hopscope.config.yaml has others';
  return problem(text, span, `there is no macro "${name.slice(0, 60)}"`, hint);
}

/** The lines of a file as Wireshark keeps macros: `"name","text"`, or `"name" text`. */
export function parseMacros(file: string): { readonly macros: (readonly [string, string])[]; readonly wrong: number[] } {
  const macros: (readonly [string, string])[] = [];
  const wrong: number[] = [];
  file.split(/\r?\n/).forEach((line, n) => {
    if (/^\s*(#|$)/.test(line)) return;
    const found = /^\s*"([\w-]+)"\s*(?:,\s*"((?:[^"\\]|\\.)*)"\s*$|\s(.+)$)/.exec(line);
    if (found === null) wrong.push(n + 1);
    else macros.push([found[1]!, found[2] === undefined ? found[3]!.trim() : unescaped(found[2])]);
  });
  return { macros, wrong };
}

/** Characters that its files write with their numbers: `\x22` for a quote. */
const unescaped = (text: string): string =>
  text.replace(/\\(?:x([\da-fA-F]{2})|(.))/gs, (_, code: string | undefined, plain: string) =>
    code === undefined ? plain : String.fromCharCode(Number.parseInt(code, 16)),
  );
