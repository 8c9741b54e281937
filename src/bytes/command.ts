// Commands that are printed for people to paste into a shell. Names in them come from captures, from topology files and
// from whatever was imported, so that every command is made here, from parts that are checked and quoted.

/** Words that no shell takes for anything but themselves. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** A word of a POSIX shell, in single quotes where it needs them (IEEE 1003.1, Shell Command Language 2.2.2). */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The name of an interface as a word of a command; null for what no Linux kernel would take for one: 1 to 15 bytes without
 * white space, `/` and `:`, neither `.` nor `..` (dev_valid_name in net/core/dev.c), and for one that reads like an option
 * or that a terminal would act on.
 */
export function deviceWord(name: string): string | null {
  const bytes = Buffer.byteLength(name, 'utf8');
  if (bytes < 1 || bytes > 15 || name === '.' || name === '..' || name.startsWith('-')) return null;
  for (const c of name) {
    const code = c.codePointAt(0) as number;
    if (code <= 0x20 || (code >= 0x7f && code < 0xa1) || c === '/' || c === ':') return null;
  }
  return shellWord(name);
}

/** A command line of words that are each plain or quoted already; null as soon as one of them was refused. */
export function commandLine(words: readonly (string | null)[]): string | null {
  return words.includes(null) ? null : words.join(' ');
}
