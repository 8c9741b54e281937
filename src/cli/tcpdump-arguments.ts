// The arguments of `dump --style tcpdump`: letters mean what they mean to tcpdump, of which several have another meaning for tshark.
import { existsSync } from 'node:fs';
import { timeForm } from '../dump/times.js';

/** Letters of tcpdump that take a value, which may follow at once. */
const WITH_VALUE = 'BCFGijmMrsTVwWyzcQ';
/** Letters that change what is printed; they go to the printer as they are. */
const PRINTED = 'eqvAxXSKt#';
/** Letters that change nothing of a capture that is read. */
const DONE_ANYWAY = 'nlpUOfN';

/** Does the word behind `-t` belong to it, as a topology or as a form of times of tshark's? */
const isTopology = (word: string | undefined): boolean =>
  word !== undefined && (/\.(ya?ml|json|txt)$|=/.test(word) || (timeForm(word) !== null && !existsSync(word)));

/** Is tcpdump's style asked for? */
export const isTcpdumpStyle = (args: readonly string[]): boolean =>
  args.some((arg, i) => arg === '--style=tcpdump' || (arg === 'tcpdump' && args[i - 1] === '--style'));

/** The same arguments with the letters of tcpdump in one option of their own. What is not tcpdump's stays as it is. */
export function tcpdumpArguments(args: readonly string[]): string[] {
  const rest: string[] = [];
  let printed = '';
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      rest.push(...args.slice(i));
      break;
    }
    if (arg === '--number') printed += '#';
    else if (arg === '-t' && isTopology(args[i + 1])) rest.push(arg, args[++i]!);
    else if (/^-[A-Za-z#]/.test(arg)) {
      const read = lettersOf(arg);
      if (read === null) rest.push(arg);
      else {
        printed += read.printed;
        if (read.rest !== '') rest.push(`-${read.rest}`);
      }
    } else rest.push(arg);
  }
  return printed === '' ? rest : [...rest, `--tcpdump-letters=${printed}`];
}

/** The letters behind a dash, up to one that takes a value; null: one of them is not tcpdump's. */
function lettersOf(arg: string): { readonly printed: string; readonly rest: string } | null {
  let printed = '';
  for (let i = 1; i < arg.length; i++) {
    const letter = arg[i]!;
    if (WITH_VALUE.includes(letter)) return { printed, rest: arg.slice(i) };
    if (PRINTED.includes(letter)) printed += letter;
    else if (!DONE_ANYWAY.includes(letter)) return null;
  }
  return { printed, rest: '' };
}
