// The worked labs of the docs: their files of points are valid, and their commands are taken as they are written. That these run is shown by
// capture.test.ts (ssh and namespaces) and ways.test.ts (kubectl), in labs of their own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const page = readFileSync('docs/capture-labs.md', 'utf8');
const blocks = (kind: string, text: string): string[] =>
  Array.from(text.matchAll(new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``, 'g')), ([, code = '']) => code);
const labs = page
  .split(/^## /m)
  .slice(1)
  .filter((section) => section.includes('```yaml'));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-labs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(labs.map((section) => [section.split('\n', 1)[0]!, section] as const))('%s', (_, section) => {
  it('has a file of points that its commands take', () => {
    writeFileSync(join(folder, 'lab.yaml'), blocks('yaml', section).join('\n'));
    const names = Array.from(blocks('yaml', section)[0]!.matchAll(/^ {2}([\w-]+): /gm), ([, name]) => name!);
    expect(names.length).toBeGreaterThanOrEqual(3);
    const captures = blocks('sh', section)
      .flatMap((code) => code.split('\n'))
      .filter((line) => line.startsWith('hopscope capture lab.yaml'));
    expect(captures.length).toBeGreaterThan(0);
    for (const line of captures) {
      // As a shell takes it; with --dry-run nothing is run.
      const script = `hopscope() { "${process.execPath}" "${resolve('dist/cli.js')}" "$@" --dry-run; }\n${line}`;
      const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      for (const name of names) expect(stdout).toContain(`# ${name}\n`);
      expect(stdout).toMatch(/tcpdump -i any -n -U -w - /);
    }
  });
});
