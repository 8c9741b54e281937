// Several commands at a point in one go, since every connection takes its time: a shell script that marks where the output of each begins and
// ends, and its reader.
import { shellWord } from '../bytes/command.js';

/** A command whose output is kept. */
export interface Wanted {
  /** Name of the file that it goes into. */
  readonly name: string;
  /** Shell text of our own making; the first that ends well counts. */
  readonly commands: readonly string[];
}

export interface Section {
  readonly name: string;
  readonly text: string;
  /** Why there is nothing; null where there is. */
  readonly why: string | null;
}

/** A script for sh (IEEE 1003.1) whose output `readSections` reads. `mark`: a word that no output has. */
export function sectionScript(wanted: readonly Wanted[], mark: string): string {
  const lines = [
    'PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; export PATH; LC_ALL=C; export LC_ALL',
    // Standard error is kept apart from the output: it says why there is none.
    'take() { { why=$( { eval "$1" >&3 </dev/null; } 2>&1 ); code=$?; } 3>&1; }',
    [
      `ask() { name=$1; shift; for c in "$@"; do printf '\\n${mark} begin %s\\n' "$name"; take "$c"`,
      `printf '\\n${mark} end %s %s\\n' "$code" "$(printf %s "$why" | tail -n 1 | cut -c 1-300)"`,
      '[ "$code" = 0 ] && break; done; }',
    ].join('; '),
  ];
  for (const { name, commands } of wanted) lines.push(`ask ${name} ${commands.map(shellWord).join(' ')}`);
  return lines.join('\n');
}

/** What each command printed; `cut`: why the output is not whole. */
export function readSections(output: string, wanted: readonly Wanted[], mark: string, cut: string | null): Section[] {
  const found = new Map<string, Section>();
  for (const piece of output.split(`\n${mark} begin `).slice(1)) {
    const nameEnd = piece.indexOf('\n');
    const stop = piece.lastIndexOf(`\n${mark} end `);
    if (nameEnd < 0 || stop < nameEnd) continue;
    const name = piece.slice(0, nameEnd);
    const text = piece.slice(nameEnd + 1, stop);
    const [, code, why = ''] =
      /^(\d+) ?(.*)$/.exec(
        piece
          .slice(stop + mark.length + 6)
          .split('\n', 1)
          .join(''),
      ) ?? [];
    if (code === '0') found.set(name, { name, text, why: null });
    // Of two ways to ask, the reason of the first is told: the second is for simpler machines.
    else if (!found.has(name)) found.set(name, { name, text: '', why: why || `exit code ${code ?? 'unknown'}` });
  }
  return wanted.map(({ name }) => found.get(name) ?? { name, text: '', why: cut ?? 'it ended before this was asked' });
}
