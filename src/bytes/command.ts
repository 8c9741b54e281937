// Commands that are printed for people to paste into a shell. Names in them come from captures, from topology files and
// from whatever was imported, so that every command is made here, from parts that are checked and quoted.

/** Words that no shell takes for anything but themselves. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** The same of letters of all languages, as a name of an interface may have them. */
const DEVICE = /^[\p{L}\p{N}_@%+=,.-]+$/u;

/** A word of a POSIX shell, in single quotes where it needs them (IEEE 1003.1, Shell Command Language 2.2.2). */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The name of an interface as a word of a command; null for what no Linux kernel would take for one: 1 to 15 bytes without
 * white space, `/` and `:`, neither `.` nor `..` (dev_valid_name in net/core/dev.c), for one that reads like an option or that a
 * terminal would act on, and for one that would have to be quoted.
 */
export function deviceWord(name: string): string | null {
  const bytes = Buffer.byteLength(name, 'utf8');
  if (bytes < 1 || bytes > 15 || name === '.' || name === '..' || name.startsWith('-')) return null;
  for (const c of name) {
    const code = c.codePointAt(0) as number;
    if (code <= 0x20 || (code >= 0x7f && code < 0xa1) || c === '/' || c === ':') return null;
  }
  // What would have to be quoted is no name that anybody gives an interface.
  return DEVICE.test(name) ? name : null;
}

/** Said in the place of a command that is not printed; a shell takes it for a comment. */
export const REFUSED = '# no command: the interface has a name that no Linux kernel takes, or that reads like an option';

/** The commands that are printed for a finding: one of these words, or a word why there is none. */
export const printedCommand = (words: readonly (string | null)[]): string => commandLine(words) ?? REFUSED;

/** A command line of words that are each plain or quoted already; null as soon as one of them was refused. */
export function commandLine(words: readonly (string | null)[]): string | null {
  return words.includes(null) ? null : words.join(' ');
}
