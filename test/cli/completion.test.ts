// The completions as the shells themselves see them: bash and fish say what they would offer, zsh is asked in a terminal.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { flagsOf, withCommands, wordsOf } from '../../src/cli/words.js';
import { catalogue } from '../../src/rules/index.js';
import { Pty } from '../tui/pty.js';

const CLI = resolve('dist/cli.js');
const words = wordsOf(await createProgram(() => true));

const SHELLS = ['bash', 'zsh', 'fish'];
const found = new Set(SHELLS.filter((shell) => spawnSync(shell, ['--version']).status === 0));
const has = (shell: string): boolean => found.has(shell);
for (const shell of SHELLS) if (!has(shell)) console.log(`the completion for ${shell} was not tested: ${shell} is not installed`);

let folder: string;
let env: Record<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-completion-'));
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'work', 'captures'), { recursive: true });
  for (const name of ['a b.pcap', 'late.pcapng.gz', 'lab.yaml', 'notes.txt', 'captures/in.pcap', 'captures/out'])
    writeFileSync(join(folder, 'work', name), '');
  const program = join(folder, 'bin', 'hopscope');
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${CLI} "$@"\n`);
  chmodSync(program, 0o755);
  for (const [shell, name] of Object.entries({ bash: 'hopscope.bash', zsh: '_hopscope', fish: 'hopscope.fish' }))
    writeFileSync(join(folder, name), execFileSync(process.execPath, [CLI, 'completion', shell]));
  env = { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, HOME: folder, TERM: 'dumb', LC_ALL: 'C.UTF-8' };
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Hands `_hopscope` the words as bash parts them, = being one of its break characters; of each line in a shell of its own. */
const DRIVER = `source "$1"
complete -p hopscope >/dev/null || exit
for line in "\${@:2}"; do (
COMP_WORDS=()
while IFS= read -r word; do COMP_WORDS+=("$word"); done < <(printf '%s\\n' "$line" | sed -E 's/(=+)/\\n\\1\\n/g; s/ +/\\n/g' | sed '/^$/d')
if [[ $line == *' ' ]]; then COMP_WORDS+=(""); fi
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) COMP_LINE=$line COMP_POINT=\${#line}
_hopscope
printf '%s\\n' "\${COMPREPLY[@]}"
); printf '\\f'; done`;
const FISH_DRIVER = 'source $argv[1]; for line in $argv[2..]; complete -C $line; printf "\\f"; end';

const arp = catalogue.map(({ id }) => id).filter((id) => id.startsWith('arp-'));

/** What is typed, what must be offered for its last word, and what must not. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['hopscope di', ['diagnose', 'diff'], ['dump']],
  ['hopscope ', ['verify', 'a b.pcap', 'late.pcapng.gz', 'captures'], ['lab.yaml', 'notes.txt']],
  ['hopscope captures/', ['captures/in.pcap'], ['captures/out']],
  ['hopscope captures/o', ['captures/out'], []],
  ['hopscope late.pcapng.gz --no-', ['--no-rule', '--no-progress'], ['--list']],
  ['hopscope diagnose -t ', ['lab.yaml'], ['notes.txt', 'a b.pcap']],
  ['hopscope diagnose router=captures/i', ['captures/in.pcap'], []],
  ['hopscope rules arp-', arp, ['dns-error']],
  ['hopscope diagnose --no-rule arp-', arp, ['dns-error']],
  ['hopscope diagnose --set arp-no', ['arp-no-reply.within='], []],
  ['hopscope diagnose --format j', ['json', 'junit'], ['jsonl']],
  ['hopscope live --format j', ['json', 'junit', 'jsonl'], []],
  ['hopscope diagnose --format junit=no', ['notes.txt'], []],
  ['hopscope dump -T ', ['text', 'fields', 'json', 'jsonl'], ['lab.yaml']],
  ['hopscope dump -e vxlan.v', ['vxlan.vni'], []],
  ['hopscope fields vxlan.v', ['vxlan.vni'], []],
  ['hopscope topology ', ['import', 'check', 'show'], ['diagnose']],
  ['hopscope topology check ', ['lab.yaml'], ['notes.txt']],
  ['hopscope topology show --fr', ['--from'], []],
  ['hopscope flows --sort b', ['bytes'], []],
  ['hopscope export --parquet c', ['captures'], []],
  ['hopscope live -i ', ['any'], ['lab.yaml']],
  ['hopscope -t lab.yaml fl', ['flows'], []],
  ['hopscope completion ', ['bash', 'zsh', 'fish'], []],
];

/** fish repeats what stands before an equals sign, and ends folders with a slash. */
const plain = (offered: readonly string[]): string[] =>
  offered.map((word) =>
    word
      .replace(/^(router|junit)=/, '')
      .replace(/(.)\/$/, '$1')
      .replaceAll('\\ ', ' '),
  );

/** Commands that have no others below them. */
const LEAVES = withCommands(words).filter(({ commands }) => commands.length === 0);

/** What is offered for each line: the shell is started once for all of them. */
function offersOf(shell: string, args: readonly string[]): Map<string, string[]> {
  const lines = [...CASES.map(([line]) => line), ...LEAVES.map(({ path }) => `hopscope ${path} --`)];
  const said = execFileSync(shell, [...args, join(folder, `hopscope.${shell}`), ...lines], {
    cwd: join(folder, 'work'),
    env,
    encoding: 'utf8',
  }).split('\f');
  expect(said).toHaveLength(lines.length + 1);
  return new Map(
    lines.map((line, i) => [
      line,
      said[i]!.split('\n')
        .map((one) => one.replace(/\t.*/, ''))
        .filter((word) => word !== ''),
    ]),
  );
}

describe.each([
  ['bash', ['--norc', '-c', DRIVER, 'driver']],
  ['fish', ['--no-config', '-c', FISH_DRIVER]],
] as const)('%s', (shell, args) => {
  let offers = new Map<string, string[]>();
  beforeAll(() => {
    if (has(shell)) offers = offersOf(shell, args);
  });

  it.skipIf(!has(shell)).each(CASES)('%s', (line, wanted, unwanted) => {
    const offered = plain(offers.get(line)!);
    expect(offered).toEqual(expect.arrayContaining([...wanted]));
    expect(offered.filter((word) => unwanted.includes(word))).toEqual([]);
  });

  it.skipIf(!has(shell))('offers every option of every command', () => {
    for (const command of LEAVES) {
      const long = command.options.flatMap(flagsOf).filter((flag) => flag.startsWith('--'));
      expect(offers.get(`hopscope ${command.path} --`), command.path).toEqual(expect.arrayContaining(long));
    }
  });
});

describe.skipIf(!has('bash'))('bash at a prompt', () => {
  it('completes a rule, an option and a file on Tab', async () => {
    const pty = Pty.start(['--norc', '-i'], { command: 'bash', cwd: join(folder, 'work'), env: { ...env, PS1: '> ' } });
    try {
      pty.send(`source ${join(folder, 'hopscope.bash')}; clear; echo ready\r`);
      await pty.until(/^ready/m);
      pty.send('hopscope rules arp-wr\t');
      await pty.until('hopscope rules arp-wrong-owner');
      pty.send('\x15hopscope diagnose --form\t');
      await pty.until('hopscope diagnose --format');
      pty.send('junit=no\t');
      await pty.until('--format junit=notes.txt');
      pty.send('\x15hopscope diagnose router=a\t');
      await pty.until('router=a\\ b.pcap');
    } finally {
      await pty.close();
    }
  });
});

describe.skipIf(!has('zsh'))('zsh at a prompt', () => {
  it('completes what the others complete, on Tab', async () => {
    const pty = Pty.start(['-f', '-i'], { command: 'zsh', cwd: join(folder, 'work'), env: { ...env, PS1: '> ' } });
    try {
      pty.send(`fpath=(${folder} $fpath); autoload -Uz compinit; compinit -u -D; clear; echo ready\r`);
      await pty.until(/^ready/m);
      const typed = [
        ['hopscope diag', 'hopscope diagnose'],
        ['hopscope rules arp-wr', 'hopscope rules arp-wrong-owner'],
        ['hopscope late.pcapng.gz --no-p', 'hopscope late.pcapng.gz --no-progress'],
        ['hopscope diagnose --format ju', '--format junit'],
        ['hopscope diagnose --format junit=no', '--format junit=notes.txt'],
        ['hopscope diagnose router=captures/i', 'router=captures/in.pcap'],
        ['hopscope diagnose --topology la', '--topology lab.yaml'],
        ['hopscope diagnose --set arp-no', '--set arp-no-reply.within='],
        ['hopscope dump -e vxlan.v', 'hopscope dump -e vxlan.vni'],
        ['hopscope topology imp', 'hopscope topology import'],
        ['hopscope topology check la', 'hopscope topology check lab.yaml'],
        ['hopscope flows --sort by', 'hopscope flows --sort bytes'],
      ];
      for (const [line, whole] of typed) {
        pty.send(`\x15${line}\t`);
        await pty.until(whole!);
      }
    } finally {
      await pty.close();
    }
  });
});
