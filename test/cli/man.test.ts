// The manual page: what groff and mandoc think of it, and whether it says all that the program can do.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ENVIRONMENT, manual } from '../../src/cli/man.js';
import { createProgram } from '../../src/cli/program.js';
import { withCommands, wordsOf } from '../../src/cli/words.js';

const program = await createProgram(() => true);
const page = manual(program);
const folder = mkdtempSync(join(tmpdir(), 'hopscope-man-'));
const file = join(folder, 'hopscope.1');
writeFileSync(file, page);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const has = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;
const hasGroff = has('groff', '--version');
const hasMandoc = spawnSync('mandoc', ['-T', 'ascii'], { input: page }).error === undefined;
const hasMan = has('man', '--version') && hasGroff;
for (const [name, is] of Object.entries({ groff: hasGroff, mandoc: hasMandoc, man: hasMan }))
  if (!is) console.log(`the manual page was not read by ${name}: it is not installed`);

describe('the manual page', () => {
  it.skipIf(!hasGroff)('is read by groff without a warning', () => {
    const { stderr, status } = spawnSync('groff', ['-man', '-ww', '-Tutf8', file], { encoding: 'utf8' });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });

  it.skipIf(!hasMandoc)('is read by mandoc without a warning', () => {
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', file], { encoding: 'utf8' });
    // There is no date, so that the same sources make the same file.
    expect(stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual([]);
  });

  it.skipIf(!hasMan)('shows every command, option and example in man', () => {
    const env = { ...process.env, MANWIDTH: '200', MANPAGER: 'cat', LC_ALL: 'C.UTF-8', MAN_KEEP_FORMATTING: '' };
    const { stdout, stderr } = spawnSync('man', ['--warnings', '-l', file], { encoding: 'utf8', env });
    expect(stderr).toBe('');
    const text = stdout.replace(/.\x08/g, '').replace(/\x1b\[[\d;]*m/g, '');
    for (const command of withCommands(wordsOf(program)))
      for (const { long, short } of command.options) expect(text).toContain(long ?? short);
    for (const example of [
      `hopscope dump router.pcap -Y 'vxlan.vni == 63446' -V -x`,
      'ssh router tcpdump -i any -U -w - | hopscope -',
      'hopscope topology show -t lab.yaml 172.20.2.1 --from router',
    ])
      expect(text).toContain(example);
  });

  it('is what the build put into dist/', () => {
    expect(readFileSync('dist/hopscope.1', 'utf8')).toBe(
      execFileSync(process.execPath, ['dist/cli.js', 'man'], { encoding: 'utf8' }),
    );
  });

  it('names what the environment sets', () => {
    const sources = ['src/cli', 'src/tui', 'src/main']
      .flatMap((room) => readdirSync(room, { recursive: true, encoding: 'utf8' }).map((name) => join(room, name)))
      .filter((name) => /\.tsx?$/.test(name));
    const read = new Set(
      sources.flatMap((name) =>
        [...readFileSync(name, 'utf8').matchAll(/\benv\[?'?\.?(HOPSCOPE_\w+|NO_COLOR|FORCE_COLOR|XDG_CONFIG_HOME)'?\]/g)].map(
          ([, one]) => one!,
        ),
      ),
    );
    expect(read.size).toBeGreaterThan(4);
    expect([...read].filter((name) => ENVIRONMENT[name] === undefined)).toEqual([]);
    for (const name of Object.keys(ENVIRONMENT)) expect(page).toContain(`.B ${name}\n`);
  });
});
