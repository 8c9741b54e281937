// Commands that are printed for people to paste into a shell. Names in them come from captures, from topology files and from whatever
// was imported, so that every command is made here: the words around its parts are ours, and each part is checked.

/** A command line of one line, or a comment that says why there is none. Only `command` makes them. */
export type Command = string & { readonly [made]: true };
declare const made: unique symbol;

/** An address, a prefix, a number, a MAC, a name; or words of a command made by `words`. */
export type Part = Words | { toString(): string };

/** Words of a command, or why they are none. */
class Words {
  constructor(
    readonly text: string,
    readonly refused: string | null,
  ) {}
}

/** Words that no shell takes for anything but themselves, and no program for an option. */
const PLAIN = /^[A-Za-z0-9:][A-Za-z0-9_@%+=:,./-]*$/;

/** The same of letters of all languages, as a name of an interface may have them. */
const DEVICE = /^[\p{L}\p{N}_@%+=,.-]+$/u;

/** After these words stands the name of an interface: ip-route(8), iptables(8). */
const BEFORE_DEVICE = /(?:^| )(?:dev|iif|oif|link set|-[io]) $/;

const NO_DEVICE = 'the interface has a name that no Linux kernel takes, or that reads like an option';
const NO_NAME = 'a name in it reads like an option, or would have to be quoted';

/** `command\`ip neigh del ${ip} dev ${name}\``. A name that must not stand in a command makes it a comment, which a shell passes over. */
export function command(text: TemplateStringsArray, ...parts: readonly Part[]): Command {
  const { text: line, refused } = words(text, ...parts);
  return (refused === null ? line.replace(/ {2,}/g, ' ').trim() : `# no command: ${refused}`) as Command;
}

/** A part of a command that it may have or not; `words\`\`` is none. */
export function words(text: TemplateStringsArray, ...parts: readonly Part[]): Words {
  let line = text[0]!;
  let refused: string | null = null;
  parts.forEach((part, i) => {
    const why = whyNot(part, text[i]!);
    refused ??= why;
    line += why === null ? `${part instanceof Words ? part.text : part}${text[i + 1]!}` : text[i + 1]!;
  });
  return new Words(line, refused);
}

/** The same for a command in a sentence; in the place of a name that must not stand there is a word for what it is. */
export function shown(text: TemplateStringsArray, ...parts: readonly Exclude<Part, Words>[]): string {
  const filled = parts.map((part, i) =>
    whyNot(part, text[i]!) === null ? part : BEFORE_DEVICE.test(text[i]!) ? 'INTERFACE' : 'NAME',
  );
  return String.raw({ raw: text }, ...filled);
}

/** It is one that can be pasted. */
export const isLine = (one: Command | null): one is Command => one !== null && !one.startsWith('#');

/** Why a part must not stand after these words; null where it may. */
function whyNot(part: Part, after: string): string | null {
  if (part instanceof Words) return part.refused;
  if (BEFORE_DEVICE.test(after)) return isInterfaceName(String(part)) ? null : NO_DEVICE;
  return PLAIN.test(String(part)) ? null : NO_NAME;
}

/**
 * A name that a Linux kernel takes for an interface: 1 to 15 bytes without white space, `/` and `:`, neither `.` nor `..` (dev_valid_name in
 * net/core/dev.c). One that reads like an option, or that would have to be quoted, is no name that anybody gives an interface.
 */
function isInterfaceName(name: string): boolean {
  if (new TextEncoder().encode(name).length > 15 || name === '.' || name === '..' || name.startsWith('-')) return false;
  return DEVICE.test(name);
}

/** The command for routes of an address's family. */
export const ipRoute = ({ family }: { readonly family: number }): Words => (family === 6 ? words`ip -6 route` : words`ip route`);

/** A word of the user's own command line for a shell, in single quotes where it needs them (IEEE 1003.1, Shell Command Language 2.2.2). */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
